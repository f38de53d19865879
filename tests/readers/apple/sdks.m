// An app that carries classes called as those of makers' libraries are, and takes one from a library beside it.
__attribute__((objc_root_class)) @interface SdksRoot { Class isa; }
+ (id)alloc;
@end
@implementation SdksRoot
+ (id)alloc { return 0; }
@end
@interface FBSDKAppEvents : SdksRoot
@end
@implementation FBSDKAppEvents
@end
@interface UMConfigure : SdksRoot
@end
@implementation UMConfigure
@end
@interface MTRGAdView : SdksRoot
@end
@implementation MTRGAdView
@end
__attribute__((objc_runtime_name("_TtC14KakaoSDKCommon8KakaoSDK"))) @interface Kakao : SdksRoot
@end
@implementation Kakao
@end
__attribute__((objc_root_class)) @interface BUAdSDKManager
+ (id)alloc;
@end
__attribute__((objc_root_class)) @interface AppsFlyerLib
+ (id)alloc;
@end
int main(void) { return (int)(long)[BUAdSDKManager alloc] + (int)(long)[AppsFlyerLib alloc]; }
