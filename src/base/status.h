// Status: how a call ended, as a value. Errors cross rooms as Status or Result<T>, never as
// exceptions. Codes are the canonical ones of google.rpc.Code; their numbers reach disk and wire
// and are never renumbered.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlengine {

enum class StatusCode {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

// "INVALID_ARGUMENT" and so on; "UNKNOWN" for a value outside the list.
std::string_view StatusCodeName(StatusCode code);

// One thing wrong with one field of a request; `field` is the path as the caller wrote it
// ("training_input.scale_tier"), `description` a sentence.
struct FieldViolation {
  std::string field;
  std::string description;
  friend bool operator==(const FieldViolation&, const FieldViolation&) = default;
};

class [[nodiscard]] Status {
 public:
  Status() = default;  // OK
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::vector<FieldViolation>& violations() const { return violations_; }

  // Returns this status with the violations attached; the message stays.
  Status WithViolations(std::vector<FieldViolation> violations) &&;
  // Returns this status with "context: " in front of the message; OK stays OK.
  Status WithContext(std::string_view context) &&;

  // "NOT_FOUND: no job of that name", or "OK".
  std::string ToString() const;

  friend bool operator==(const Status&, const Status&) = default;

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
  std::vector<FieldViolation> violations_;
};

inline Status OkStatus() {
  return {};
}
Status CancelledError(std::string message);
Status InvalidArgumentError(std::string message);
Status DeadlineExceededError(std::string message);
Status NotFoundError(std::string message);
Status AlreadyExistsError(std::string message);
Status PermissionDeniedError(std::string message);
Status ResourceExhaustedError(std::string message);
Status FailedPreconditionError(std::string message);
Status AbortedError(std::string message);
Status OutOfRangeError(std::string message);
Status UnimplementedError(std::string message);
Status InternalError(std::string message);
Status UnavailableError(std::string message);
Status DataLossError(std::string message);

// The status for a failed system call: NOT_FOUND for ENOENT, RESOURCE_EXHAUSTED for ENOSPC and
// EDQUOT, and so on. `what` names the call and its object: "open /a/b".
Status ErrnoError(int error, std::string_view what);

}  // namespace mlengine

// Returns from the enclosing function when `expression` is not OK.
#define MLENGINE_RETURN_IF_ERROR(expression)                                                     \
  do {                                                                                           \
    if (::mlengine::Status status_macro = (expression); !status_macro.ok()) return status_macro; \
  } while (false)
