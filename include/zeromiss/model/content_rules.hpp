#pragma once

#include <zeromiss/base/json.hpp>
#include <zeromiss/image/decode.hpp>

namespace zeromiss {

/// The rules for content that the default refuses, from `input` of model.json, or of run.json's
/// `model`. @throws Error(kind of the document)
DecodeOptions read_content_rules(const JsonNode& input);

/// The same back: the keys that do not refuse.
nlohmann::ordered_json content_rules_json(const DecodeOptions& rules);

}  // namespace zeromiss
