#pragma once

#include <zeromiss/base/error.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace zeromiss {

/// One cell by RFC 4180, quoted where needed; a text that a spreadsheet would run as a formula
/// (= + - @ tab CR first) gets a leading '. Numbers of our own go through csv_number instead.
std::string csv_text(std::string_view text);

/// Writes DIR/results.csv from DIR/results.jsonl: image,verdict,score,label,defects,error_code,
/// error_message,width,height,bytes,sha256. Where images are held for review whatever their score,
/// also DIR/held.csv with a row for each reason:
/// image,verdict,score,own_verdict,cause,other_verdict,other_score,reason; cause is "guard" or
/// "for-calibration" (then with a reason), or what gave another verdict.
/// @param bom  a byte order mark first, for Excel
/// @throws Error(output)
void write_results_csv(const std::filesystem::path& folder, bool bom);

}  // namespace zeromiss
