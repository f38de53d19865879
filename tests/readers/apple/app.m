// The app of the tests: classes of Objective-C without Apple's headers, hosts in C strings.
__attribute__((objc_root_class)) @interface ExampleRoot { Class isa; }
+ (id)alloc;
@end
@implementation ExampleRoot
+ (id)alloc { return 0; }
@end
@interface ExampleReader : ExampleRoot
- (const char *)home;
@end
@implementation ExampleReader
- (const char *)home { return "https://api.acme-reader.com/v1"; }
@end
@interface ExampleSender : ExampleRoot
- (const char *)host;
@end
@implementation ExampleSender
- (const char *)host { return "upload.acme-sender.net"; }
- (const char *)text { return "see acme-prose.com for more"; }
@end
int main(void) { return (int)(long)[[ExampleReader alloc] home]; }
