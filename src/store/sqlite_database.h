// SqliteDatabase and SqliteStatement: one connection to a SQLite file, with errors as Status. A
// connection and its statements belong to one thread at a time; statements die before it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace mlengine::store {

class SqliteStatement {
 public:
  SqliteStatement() = default;

  // Parameters and columns as SQLite counts them: parameters from 1, columns from 0.
  SqliteStatement& Bind(int parameter, std::int64_t value);
  SqliteStatement& BindText(int parameter, std::string_view text);
  SqliteStatement& BindBlob(int parameter, std::string_view bytes);

  // True: a row is there; false: done. After false or an error the statement may be bound anew.
  Result<bool> Step();
  std::int64_t Int(int column) const;
  // Good until the next Step or Reset.
  std::string_view Bytes(int column) const;
  // Ends the statement early; with it, a read transaction of its own.
  void Reset();

 private:
  friend class SqliteDatabase;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class SqliteDatabase {
 public:
  enum class Mode { kReadOnly, kReadWriteCreate };
  static Result<std::unique_ptr<SqliteDatabase>> Open(const std::string& path, Mode mode);

  // One or more statements whose rows are of no interest.
  Status Execute(const std::string& sql);
  // The first column of the first row; "" when there is no row.
  Result<std::string> Query(const std::string& sql);
  Result<SqliteStatement> Prepare(std::string_view sql);
  // False as well when SQLite gave a transaction up by itself after an error.
  bool InTransaction() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit SqliteDatabase(std::unique_ptr<sqlite3, Close> database)
      : database_(std::move(database)) {}
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace mlengine::store
