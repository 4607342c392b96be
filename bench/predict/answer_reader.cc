#include "answer_reader.h"

#include <strings.h>

#include <charconv>

namespace mlengine::bench {
namespace {

bool Same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool ToNumber(std::string_view text, int base, std::size_t& number) {
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && rest != text.data();
}

}  // namespace

AnswerReader::State AnswerReader::Look(std::string_view bytes) {
  if (head_size_ == 0) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return State::kMore;
    head_size_ = chunk_at_ = end + 4;
    if (ReadHead(bytes.substr(0, end)) == State::kBad) return State::kBad;
  }
  if (chunked_) {
    if (const State state = FindChunksEnd(bytes); state != State::kWhole) return state;
  } else {
    size_ = head_size_ + length_;
    if (bytes.size() < size_) return State::kMore;
  }
  body_ = bytes.substr(head_size_, size_ - head_size_);
  return State::kWhole;
}

AnswerReader::State AnswerReader::ReadHead(std::string_view head) {
  std::size_t status = 0;
  if (head.size() < 12 || !head.starts_with("HTTP/1.") || !ToNumber(head.substr(9, 3), 10, status))
    return State::kBad;
  status_ = static_cast<int>(status);
  bool framed = false;
  while (true) {
    const std::size_t end = head.find("\r\n");
    if (end == std::string_view::npos) return framed ? State::kMore : State::kBad;
    head.remove_prefix(end + 2);
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return State::kBad;
    const std::string_view name = line.substr(0, colon);
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    if (Same(name, "Content-Length")) {
      if (!ToNumber(value, 10, length_)) return State::kBad;
      framed = true;
    }
    if (Same(name, "Transfer-Encoding") && Same(value, "chunked")) framed = chunked_ = true;
    if (Same(name, "Connection") && Same(value, "close")) closes_ = true;
  }
}

AnswerReader::State AnswerReader::FindChunksEnd(std::string_view bytes) {
  while (true) {
    const std::string_view rest = bytes.substr(chunk_at_);
    const std::size_t line = rest.find("\r\n");
    if (line == std::string_view::npos) return State::kMore;
    std::size_t count = 0;
    if (!ToNumber(rest.substr(0, line), 16, count)) return State::kBad;
    const std::size_t whole = line + 2 + count + 2;
    if (rest.size() < whole) return State::kMore;
    chunk_at_ += whole;
    if (count > 0) continue;
    size_ = chunk_at_;
    return State::kWhole;
  }
}

}  // namespace mlengine::bench
