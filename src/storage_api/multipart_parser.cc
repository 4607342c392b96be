#include "storage_api/multipart_parser.h"

#include <algorithm>

namespace mlengine::storage_api {
namespace {

constexpr std::size_t kLongestHeader = 64U << 10;  // bytes of a part's header
constexpr std::size_t kLongestPadding = 256;       // blanks behind a delimiter

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return out;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<std::string> ParseBoundary(std::string_view content_type) {
  const std::string lower = Lower(content_type);
  if (!Trim(lower).starts_with("multipart/")) {
    return InvalidArgumentError(
        "Content-Type: a multipart upload needs multipart/related; boundary=…");
  }
  const Status none = InvalidArgumentError("Content-Type: multipart without a boundary");
  std::size_t at = lower.find(';');
  while (at != std::string::npos) {
    const std::size_t start = lower.find_first_not_of("; \t", at);
    if (start == std::string::npos) return none;
    if (std::string_view(lower).substr(start).starts_with("boundary=")) {
      std::string_view value = content_type.substr(start + std::string_view("boundary=").size());
      const char quote = value.empty() ? '\0' : value.front();
      const std::size_t close =
          quote == '"' || quote == '\'' ? value.find(quote, 1) : std::string_view::npos;
      value = close == std::string_view::npos ? Trim(value.substr(0, value.find(';')))
                                              : value.substr(1, close - 1);
      if (value.empty() || value.size() > 200) return none;
      return std::string(value);
    }
    at = lower.find(';', start);
  }
  return none;
}

MultipartParser::MultipartParser(const std::string& boundary, Events events)
    : pattern_("\n--" + boundary), events_(std::move(events)) {}

Status MultipartParser::Feed(std::string_view bytes) {
  if (state_ == State::kEpilogue) return OkStatus();
  buffer_ += bytes;
  for (bool again = true; again;) {
    again = false;
    MLENGINE_RETURN_IF_ERROR(Step(again));
  }
  return OkStatus();
}

Status MultipartParser::Finish() const {
  if (state_ == State::kEpilogue) return OkStatus();
  return InvalidArgumentError(
      state_ == State::kPreamble
          ? "the multipart body does not have the boundary that Content-Type names"
          : "the multipart body ends without its closing delimiter");
}

Status MultipartParser::Step(bool& again) {
  switch (state_) {
    case State::kHeaders:
      return StepHeaders(again);
    case State::kPreamble:
    case State::kData:
      return StepData(again);
    case State::kEpilogue:
      break;
  }
  buffer_.clear();
  return OkStatus();
}

Status MultipartParser::StepHeaders(bool& again) {
  const std::size_t end = buffer_.find('\n');
  if (header_bytes_ + std::min(end, buffer_.size()) > kLongestHeader) {
    return InvalidArgumentError("the header of a part is longer than 64 KiB");
  }
  if (end == std::string::npos) return OkStatus();
  std::string_view line = std::string_view(buffer_).substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  again = true;
  header_bytes_ += end + 1;
  if (line.empty()) {
    // The line end stays, as the one before a delimiter that may follow at once.
    buffer_.erase(0, end);
    made_up_ = true;
    state_ = State::kData;
    return events_.on_part(headers_);
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return InvalidArgumentError("a part's header line has no colon: \"" +
                                std::string(line.substr(0, 80)) + "\"");
  }
  headers_.Add(std::string(Trim(line.substr(0, colon))), std::string(Trim(line.substr(colon + 1))));
  buffer_.erase(0, end + 1);
  return OkStatus();
}

MultipartParser::Delimiter MultipartParser::Classify(std::size_t at, std::size_t& end) {
  const std::string_view rest = std::string_view(buffer_).substr(at + pattern_.size());
  if (rest.empty() || rest == "-") return Delimiter::kUnclear;
  if (rest.starts_with("--")) return Delimiter::kClose;
  const std::size_t blank = std::min(rest.find_first_not_of(" \t"), rest.size());
  if (blank > kLongestPadding) return Delimiter::kNone;
  const std::string_view tail = rest.substr(blank);
  if (tail.empty() || tail == "\r") return Delimiter::kUnclear;
  const bool crlf = tail.starts_with("\r\n");
  if (!crlf && !tail.starts_with('\n')) return Delimiter::kNone;
  if (!style_known_) crlf_ = crlf;
  style_known_ = true;
  end = at + pattern_.size() + blank + (crlf ? 2 : 1);
  return Delimiter::kPart;
}

Status MultipartParser::StepData(bool& again) {
  std::size_t from = 0;
  while (true) {
    const std::size_t at = buffer_.find(pattern_, from);
    if (at == std::string::npos) {
      // The end may be the start of a delimiter, with a carriage return before it.
      const std::size_t keep = pattern_.size();
      return buffer_.size() > keep ? Emit(buffer_.size() - keep) : OkStatus();
    }
    std::size_t end = 0;
    const Delimiter found = Classify(at, end);
    if (found == Delimiter::kNone) {
      from = at + 1;
      continue;
    }
    // In a body of bare line feeds a carriage return is data.
    const bool strip = crlf_ && at > 0 && buffer_[at - 1] == '\r';
    if (found == Delimiter::kUnclear) {
      const std::size_t known = at > 0 ? at - 1 : 0;
      return known > 0 ? Emit(known) : OkStatus();
    }
    const std::string behind = found == Delimiter::kPart ? buffer_.substr(end) : std::string();
    MLENGINE_RETURN_IF_ERROR(Emit(strip ? at - 1 : at));
    buffer_ = behind;
    made_up_ = false;
    headers_ = {};
    header_bytes_ = 0;
    state_ = found == Delimiter::kPart ? State::kHeaders : State::kEpilogue;
    again = found == Delimiter::kPart;
    return OkStatus();
  }
}

Status MultipartParser::Emit(std::size_t count) {
  if (count == 0) return OkStatus();
  const std::size_t skip = made_up_ ? 1 : 0;
  made_up_ = false;
  Status status;
  if (state_ == State::kData && count > skip) {
    status = events_.on_data(std::string_view(buffer_).substr(skip, count - skip));
  }
  buffer_.erase(0, count);
  return status;
}

}  // namespace mlengine::storage_api
