#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/text.hpp>

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace zeromiss {

struct Sha256::Context {
  EVP_MD_CTX* value = EVP_MD_CTX_new();
  Context() {
    if (value == nullptr || EVP_DigestInit_ex(value, EVP_sha256(), nullptr) != 1)
      throw std::runtime_error("OpenSSL cannot start SHA-256");
  }
  ~Context() { EVP_MD_CTX_free(value); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view text) {
  if (EVP_DigestUpdate(context_->value, text.data(), text.size()) != 1)
    throw std::runtime_error("OpenSSL failed in SHA-256");
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(context_->value, digest.data(), &size) != 1)
    throw std::runtime_error("OpenSSL failed in SHA-256");
  return to_hex(std::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

std::string sha256_hex(std::string_view text) {
  Sha256 hash;
  hash.update(text);
  return hash.hex();
}

std::string sha256_hex(std::span<const std::uint8_t> bytes) {
  return sha256_hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::optional<Digest> digest_of(std::string_view hex) {
  Digest digest{};
  if (hex.size() != 2 * digest.size()) return std::nullopt;
  const auto value = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = value(hex[2 * i]), low = value(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return digest;
}

std::string digest_hex(const Digest& digest) {
  return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace zeromiss
