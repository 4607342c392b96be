// MultipartParser: the parts of a multipart/related body, from pieces of any size. Line ends may be
// CRLF or bare LF (as gcloud sends them). Pure; memory does not grow with a part's data.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace mlengine::storage_api {

// The boundary of a Content-Type, which may stand in double, single or no quotes. INVALID_ARGUMENT
// when the type is not multipart or has no boundary.
Result<std::string> ParseBoundary(std::string_view content_type);

class MultipartParser {
 public:
  struct Events {
    std::function<Status(const net::Headers&)> on_part;  // a part begins
    std::function<Status(std::string_view)> on_data;     // of the part that began last
  };
  MultipartParser(const std::string& boundary, Events events);

  // INVALID_ARGUMENT for a broken body, or what an event returned.
  Status Feed(std::string_view bytes);
  // INVALID_ARGUMENT when the closing delimiter has not come.
  Status Finish() const;

 private:
  enum class State { kPreamble, kHeaders, kData, kEpilogue };
  enum class Delimiter { kNone, kUnclear, kPart, kClose };

  Status Step(bool& again);
  Status StepHeaders(bool& again);
  Status StepData(bool& again);
  // What stands at `at`, where the pattern was found; `end` is set behind it.
  Delimiter Classify(std::size_t at, std::size_t& end);
  // Gives out the first `count` bytes as data and drops them.
  Status Emit(std::size_t count);

  const std::string pattern_;  // "\n--boundary"
  const Events events_;
  State state_ = State::kPreamble;
  // Not yet given out. At the start of a part and of the body it begins with a line end that is not
  // data, so that a delimiter right there is seen too.
  std::string buffer_ = "\n";
  bool made_up_ = true;  // the first byte of buffer_ is that line end
  bool crlf_ = false;    // the line ends of the first delimiter
  bool style_known_ = false;
  net::Headers headers_;
  std::size_t header_bytes_ = 0;
};

}  // namespace mlengine::storage_api
