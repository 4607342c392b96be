#include "store/sqlite_database.h"

#include <sqlite3.h>

#include <cerrno>

namespace mlengine::store {
namespace {

// How long a connection waits for another that has the file locked: of another process, or of the
// other store in the file, whose commit may wait for a busy disk.
constexpr int kBusyMilliseconds = 30'000;

// The status for a failed call; it never holds a record's content, as SQLite's messages do not.
Status SqliteError(sqlite3* database, int code) {
  const char* name = sqlite3_db_filename(database, "main");
  const std::string file = name != nullptr && *name != '\0' ? name : "the job store";
  const std::string reason = sqlite3_errmsg(database);
  const int error = sqlite3_system_errno(database);
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return ResourceExhaustedError("no room to write " + file + " (" + reason +
                                    "); free some space on its disk and try again");
    case SQLITE_IOERR:
      if (error == ENOSPC || error == EDQUOT || error == EFBIG)
        return ErrnoError(ENOSPC, "write " + file);
      return UnavailableError("cannot read or write " + file + ": " + reason);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return UnavailableError(file + " is locked by another process; end that one and try again");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return DataLossError(file + " is damaged or is no job store (" + reason +
                           "); put a good copy in its place, or move it away to begin anew");
    case SQLITE_CANTOPEN:
      return ErrnoError(error != 0 ? error : EIO, "open " + file);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      // The caller may; the server cannot.
      return UnavailableError("may not write " + file + ": " + reason);
    case SQLITE_NOMEM:
      return ResourceExhaustedError("no memory left to work on " + file);
    default:
      return InternalError(file + ": " + reason);
  }
}

}  // namespace

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

SqliteStatement& SqliteStatement::Bind(int parameter, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), parameter, value);
  return *this;
}

SqliteStatement& SqliteStatement::BindText(int parameter, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), parameter, text.data(), text.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
  return *this;
}

SqliteStatement& SqliteStatement::BindBlob(int parameter, std::string_view bytes) {
  sqlite3_bind_blob64(statement_.get(), parameter, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
  return *this;
}

Result<bool> SqliteStatement::Step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  Status status;
  // Read before the reset, which may replace the connection's message.
  if (code != SQLITE_DONE) status = SqliteError(sqlite3_db_handle(statement_.get()), code);
  Reset();
  if (!status.ok()) return status;
  return false;
}

std::int64_t SqliteStatement::Int(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view SqliteStatement::Bytes(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return {static_cast<const char*>(bytes), bytes != nullptr ? static_cast<std::size_t>(size) : 0};
}

void SqliteStatement::Reset() {
  sqlite3_reset(statement_.get());
}

void SqliteDatabase::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Open(const std::string& path, Mode mode) {
  const int flags =
      SQLITE_OPEN_NOMUTEX |
      (mode == Mode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  std::unique_ptr<sqlite3, Close> database(raw);
  if (raw == nullptr) return ResourceExhaustedError("no memory left to open " + path);
  if (code != SQLITE_OK) {
    if ((code & 0xFF) != SQLITE_CANTOPEN) return SqliteError(raw, code);
    const int error = sqlite3_system_errno(raw);
    return ErrnoError(error != 0 ? error : EIO, "open " + path);
  }
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, kBusyMilliseconds);
  return std::unique_ptr<SqliteDatabase>(new SqliteDatabase(std::move(database)));
}

Status SqliteDatabase::Execute(const std::string& sql) {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? OkStatus() : SqliteError(database_.get(), code);
}

Result<std::string> SqliteDatabase::Query(const std::string& sql) {
  MLENGINE_ASSIGN_OR_RETURN(SqliteStatement statement, Prepare(sql));
  MLENGINE_ASSIGN_OR_RETURN(const bool row, statement.Step());
  return row ? std::string(statement.Bytes(0)) : std::string();
}

Result<SqliteStatement> SqliteDatabase::Prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return SqliteError(database_.get(), code);
  SqliteStatement statement;
  statement.statement_.reset(raw);
  return statement;
}

bool SqliteDatabase::InTransaction() const {
  return sqlite3_get_autocommit(database_.get()) == 0;
}

}  // namespace mlengine::store
