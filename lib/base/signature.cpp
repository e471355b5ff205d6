#include <zeromiss/base/signature.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

namespace zeromiss {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* value) const {
    Free(value);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

SignatureState verify_signature(std::string_view text, std::string_view signature,
                                std::string_view public_key) {
  const Bio pem(BIO_new_mem_buf(public_key.data(), static_cast<int>(public_key.size())));
  const Key key(pem ? PEM_read_bio_PUBKEY(pem.get(), nullptr, nullptr, nullptr) : nullptr);
  const Context context(EVP_MD_CTX_new());
  ERR_clear_error();
  if (!key || !context) return SignatureState::no_key;
  const int kind = EVP_PKEY_base_id(key.get());
  const EVP_MD* digest =
      kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448 ? nullptr : EVP_sha256();
  const bool valid =
      EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text),
                       text.size()) == 1;
  ERR_clear_error();
  return valid ? SignatureState::valid : SignatureState::wrong;
}

}  // namespace zeromiss
