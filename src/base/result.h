// Result<T>: a T, or the Status that says why there is none.
#pragma once

#include <cassert>
#include <optional>
#include <utility>

#include "base/status.h"

namespace mlengine {

template <typename T>
class [[nodiscard]] Result {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(T value) : value_(std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Status status) : status_(std::move(status)) { assert(!status_.ok()); }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }

  // The value; only when ok().
  const T& operator*() const& {
    assert(ok());
    return *value_;
  }
  T& operator*() & {
    assert(ok());
    return *value_;
  }
  // By value: `for (x : *F())` would else walk over what is gone already.
  T operator*() && {
    assert(ok());
    return *std::move(value_);
  }
  const T* operator->() const {
    assert(ok());
    return &*value_;
  }
  T* operator->() {
    assert(ok());
    return &*value_;
  }
  T value_or(T fallback) const& { return ok() ? *value_ : std::move(fallback); }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace mlengine

#define MLENGINE_CONCAT_INNER(a, b) a##b
#define MLENGINE_CONCAT(a, b) MLENGINE_CONCAT_INNER(a, b)
// MLENGINE_ASSIGN_OR_RETURN(auto x, F()): declares x from the value of a Result, or returns its
// status.
#define MLENGINE_ASSIGN_OR_RETURN(declaration, expression) \
  MLENGINE_ASSIGN_OR_RETURN_INNER(MLENGINE_CONCAT(result_macro_, __LINE__), declaration, expression)
#define MLENGINE_ASSIGN_OR_RETURN_INNER(result, declaration, expression) \
  auto result = (expression);                                            \
  if (!result.ok()) return result.status();                              \
  declaration = *std::move(result)
