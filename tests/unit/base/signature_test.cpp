#include "support/catch.hpp"

#include <zeromiss/base/signature.hpp>
#include <zeromiss/base/text.hpp>

#include <string>

using namespace zeromiss;

namespace {

const std::string kText = "the manifest\n";

/// Keys and signatures of kText made by OpenSSL 3.0's command line.
struct Signed {
  const char *kind, *key, *signature;
};

// openssl dgst -sha256 -sign KEY
const Signed kEc{"ec",
                 R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1zcg69+u4H3SUd79vKn8UHBzGhBo
r3rjFnFn1Bs7VQgdcu/4uVcaEyvef4WBdIFZUW3HQpt9rPSIVwT1KmNCnA==
-----END PUBLIC KEY-----
)",
                 "3046022100e176ab590535d431de2e94637fed3a1f95a23a27d63772719063fbac7ae58c97022100"
                 "f708d41ed6644fde3b3ec96ef99e07ba7e671c846186517fd3803b06ed11464a"};

// openssl dgst -sha256 -sign KEY
const Signed kRsa{"rsa",
                  R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvCxcstULTuti2AFXQ9Jr
dGlWb8Dc6Lz9r90p1TnVnLwHqFqjnxqXl9QR+X7HbqVFRdtnNlfKQfMV6ECBoInD
Is6NZU9pTsMtH9nAx7QGJZSRXLuKn2qd1gD68xVAi+ECuBRMU/cClOSucIwmAr9t
TGwwDTXlT1Na76hARbEQd9mSyomGMtINEa+Ze5u2a5O5T8gM3OxPNXMVgrrBGqYR
VBGcDoNbTsyT7LaPM+4gi1iD7q3PU+8x/dEYrp5a+TYCLO+K1rwvDLSHOJDxGrkO
017nJ2wdmCm62IyOvAu28th5fmz/NN1I0JRoCPKsGhnMea1izsvBhZotngWrt2+G
GwIDAQAB
-----END PUBLIC KEY-----
)",
                  "1fc49ba5eac114786fa15a70328b3784840f184e0cfd9601e17fb8cfe216701b911ea860b1d3aac1"
                  "60355d19652f4516c9f16bddca32772dcd10269344d23ca5226eb66cb00b98f1ff68856114b18322"
                  "89609c3c8c2222a57a3d23989910f8513b7c64f048c00f09ba1c89736285482e450967cbca04193e"
                  "85df17da3a14a5e89fd564039b2dce6e3052cea6c20ab976c504402f96b821d277581e0ae51d9d29"
                  "666f25e4aa3e9597d1ddf66345b7d018290dcaa011bad814417001aa1a0adce8077c3ad2681a7921"
                  "3e169b6eb2acaca83c35d82975a4c69d930b1a8108186c831c4016d6b0861966bc7398f94b2cc654"
                  "b851ef8ef5d0c39bfe788bfaf36c0bd4"};

// openssl pkeyutl -sign -rawin -inkey KEY
const Signed kEd{"ed",
                 R"(-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJvPQ/eK9X97KzVfvDYE5cD18wyvqBSaKYJWYLZ2QDTU=
-----END PUBLIC KEY-----
)",
                 "32bcf6d6a830a7d680411d6e3118933b01b5e102263db4af65e7c3a4e36a081d7fd857e4c5a52ee3"
                 "b75926b8bf2126e864663cd006c6df87ada9dcb6f48ef10a"};

}  // namespace

TEST_CASE("signatures made by the openssl command are recognised, and no others", "[signature]") {
  for (const Signed& by : {kEc, kRsa, kEd}) {
    CAPTURE(by.kind);
    std::string signature = from_hex(by.signature);
    CHECK(verify_signature(kText, signature, by.key) == SignatureState::valid);
    CHECK(verify_signature(kText + " ", signature, by.key) == SignatureState::wrong);
    CHECK(verify_signature(kText, signature.substr(1), by.key) == SignatureState::wrong);
    CHECK(verify_signature(kText, "", by.key) == SignatureState::wrong);
    signature.back() = static_cast<char>(signature.back() ^ 1);
    CHECK(verify_signature(kText, signature, by.key) == SignatureState::wrong);
  }
  CHECK(verify_signature(kText, from_hex(kEc.signature), kRsa.key) == SignatureState::wrong);
}

TEST_CASE("what is no public key is told from a wrong signature", "[signature]") {
  for (const char* key :
       {"", "text", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"})
    CHECK(verify_signature(kText, from_hex(kEc.signature), key) == SignatureState::no_key);
}
