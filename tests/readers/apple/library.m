// A library that the app of the tests carries.
__attribute__((objc_root_class)) @interface AcmeAds { Class isa; }
- (const char *)where;
@end
@implementation AcmeAds
- (const char *)where { return "https://ads.acme-ads.com/bid"; }
@end
