// Stands in for libjbig in the archive of scripts/package.sh. Debian's libtiff is linked with it,
// but TIFFs that are compressed with JBIG are refused before libtiff decodes anything
// (lib/image/decode_tiff.cpp). The real one is under the GPL, which would then hold for the archive
// as a whole. Each function fails with JBG_EABORT or does nothing; arguments are ignored.

namespace {
constexpr int kAbort = 0x20;
}

extern "C" {
void jbg_dec_free() {}
void jbg_dec_init() {}
void jbg_enc_free() {}
void jbg_enc_init() {}
void jbg_enc_out() {}
int jbg_dec_in() { return kAbort; }
int jbg_newlen() { return kAbort; }
unsigned long jbg_dec_getsize() { return 0; }
unsigned char* jbg_dec_getimage() { return nullptr; }
const char* jbg_strerror() { return "JBIG is not part of this archive"; }
}
