// A library beside that app.
__attribute__((objc_root_class)) @interface BUAdSDKManager { Class isa; }
@end
@implementation BUAdSDKManager
@end
