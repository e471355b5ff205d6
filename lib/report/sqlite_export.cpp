#include <zeromiss/base/error.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/report/results_file.hpp>
#include <zeromiss/report/sqlite_export.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSchema = R"(
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE images (
  image TEXT NOT NULL, image_hex TEXT, verdict TEXT NOT NULL CHECK (verdict IN ('PASS','REVIEW','REJECT','ERROR')),
  score REAL, label TEXT, error_code TEXT, error_message TEXT,
  width INTEGER, height INTEGER, bytes INTEGER, sha256 TEXT, record TEXT NOT NULL,
  CHECK ((verdict = 'ERROR') = (error_code IS NOT NULL)));
BEGIN;
)";
constexpr const char* kIndices = R"(
COMMIT;
CREATE UNIQUE INDEX images_by_name ON images (image, image_hex);
CREATE INDEX images_by_verdict ON images (verdict, score);
)";

/// A connection and its one insert statement; whatever fails names the file and SQLite's own words.
class Database {
 public:
  explicit Database(const fs::path& file) : name_(file.string()) {
    sqlite3* opened = nullptr;
    const int code = ::sqlite3_open(file.c_str(), &opened);
    connection_.reset(opened);
    require(code == SQLITE_OK);
  }
  void run(const char* sql) {
    require(::sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  void prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    require(::sqlite3_prepare_v2(connection_.get(), sql, -1, &statement, nullptr) == SQLITE_OK);
    statement_.reset(statement);
    column_ = 0;
  }
  void text(const std::string& value) {
    require(::sqlite3_bind_text(statement_.get(), ++column_, value.data(),
                                static_cast<int>(value.size()), SQLITE_TRANSIENT) == SQLITE_OK);
  }
  void text(const std::optional<std::string>& value) { value ? text(*value) : nothing(); }
  void number(const std::optional<double>& value) {
    if (!value) return nothing();
    require(::sqlite3_bind_double(statement_.get(), ++column_, *value) == SQLITE_OK);
  }
  template <class Integer>
  void whole(const std::optional<Integer>& value) {
    if (!value) return nothing();
    require(::sqlite3_bind_int64(statement_.get(), ++column_, static_cast<sqlite3_int64>(*value)) ==
            SQLITE_OK);
  }
  void insert() {
    require(::sqlite3_step(statement_.get()) == SQLITE_DONE);
    require(::sqlite3_reset(statement_.get()) == SQLITE_OK);
    column_ = 0;
  }
  void close() {
    statement_.reset();
    require(::sqlite3_close(connection_.get()) == SQLITE_OK);
    static_cast<void>(connection_.release());
  }

 private:
  void nothing() { require(::sqlite3_bind_null(statement_.get(), ++column_) == SQLITE_OK); }
  void require(bool good) const {
    if (!good)
      throw Error(ErrorKind::output,
                  fmt::format("{}: {}", name_, ::sqlite3_errmsg(connection_.get())));
  }
  struct Close {
    void operator()(sqlite3* connection) const { ::sqlite3_close_v2(connection); }
    void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
  };
  std::string name_;
  std::unique_ptr<sqlite3, Close> connection_;
  std::unique_ptr<sqlite3_stmt, Close> statement_;
  int column_ = 0;
};

void insert_run(Database& database, const std::string& key, const nlohmann::ordered_json& value) {
  database.text(key);
  database.text(json_line(value));
  database.insert();
}

void insert_record(Database& database, const Record& record, std::string_view line) {
  const auto given = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
  };
  database.text(record.image);
  database.text(given(record.image_hex));
  database.text(std::string(verdict_name(record.verdict)));
  database.number(record.score);
  database.text(record.label);
  database.text(record.error ? std::optional(record.error->code) : std::nullopt);
  database.text(record.error ? std::optional(record.error->message) : std::nullopt);
  database.whole(record.width);
  database.whole(record.height);
  database.whole(record.bytes);
  database.text(record.sha256);
  database.text(std::string(line));
  database.insert();
}

/// The temporary file; gone unless it was renamed.
struct Temporary {
  fs::path file;
  ~Temporary() {
    std::error_code ignored;
    fs::remove(file, ignored);
  }
};

/// An earlier export may be replaced; a file that is none must not be: it may be the records.
void refuse_other_file(const fs::path& file) {
  constexpr std::string_view kMagic{"SQLite format 3\0", 16};  // https://sqlite.org/fileformat.html
  std::error_code problem;
  if (fs::symlink_status(file, problem).type() == fs::file_type::not_found) return;
  std::string begin(kMagic.size(), ' ');
  std::ifstream in(file, std::ios::binary);
  if (in.read(begin.data(), static_cast<std::streamsize>(begin.size())) && begin == kMagic) return;
  throw Error(ErrorKind::output,
              fmt::format("{}: is there already and no SQLite database; choose another file",
                          file.string()));
}

void sync_file(const fs::path& file) {
  // DurableFile opens, keeps everything, and its sync() means "on the disk".
  DurableFile whole(file, fs::file_size(file));
  whole.close();
}

}  // namespace

std::uint64_t export_sqlite(const fs::path& folder, const fs::path& file) {
  refuse_other_file(file);
  const auto run = JsonDocument::read(folder / kRunFile, ErrorKind::input);
  const auto summary =
      JsonDocument::read(folder / kSummaryFile, ErrorKind::input, kMaxSummaryBytes);
  const Temporary temporary{file.string() + ".tmp"};
  std::error_code ignored;
  fs::remove(temporary.file, ignored);
  Database database(temporary.file);
  database.run(kSchema);
  database.prepare("INSERT INTO run VALUES (?, ?)");
  insert_run(database, "run", run.root().raw());
  insert_run(database, "summary", summary.root().raw());
  database.prepare("INSERT INTO images VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const std::string name = (folder / kResultsFile).string();
  std::uint64_t number = 0;
  Sha256 hash;
  for_each_line(folder / kResultsFile, ErrorKind::input, [&](std::string_view line) {
    hash.update(line);
    hash.update("\n");
    insert_record(database, parse_record(line, name, ++number, ErrorKind::input), line);
  });
  const auto expected = summary.root().at("results_sha256");
  if (hash.hex() != expected.string())
    expected.fail(fmt::format("{} was changed after the run", kResultsFile));
  database.run(kIndices);
  database.close();
  sync_file(temporary.file);
  fs::rename(temporary.file, file, ignored);
  if (ignored)
    throw Error(ErrorKind::output,
                fmt::format("{}: cannot be renamed: {}", file.string(), ignored.message()));
  sync_folder(file.parent_path().empty() ? fs::path(".") : file.parent_path());
  return number;
}

}  // namespace zeromiss
