// LineSplitter: from pieces of a stream to whole lines.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace mlengine::cli {

class LineSplitter {
 public:
  explicit LineSplitter(std::function<void(std::string_view)> on_line)
      : on_line_(std::move(on_line)) {}

  void Add(std::string_view bytes) {
    while (true) {
      const std::size_t end = bytes.find('\n');
      if (end == std::string_view::npos) break;
      rest_ += bytes.substr(0, end);
      if (!rest_.empty()) on_line_(rest_);
      rest_.clear();
      bytes.remove_prefix(end + 1);
    }
    rest_ += bytes;
  }
  // A last line without its newline counts as well.
  void Finish() {
    if (!rest_.empty()) on_line_(rest_);
    rest_.clear();
  }
  // Drops a half line: the stream was cut.
  void Forget() { rest_.clear(); }

 private:
  std::function<void(std::string_view)> on_line_;
  std::string rest_;
};

}  // namespace mlengine::cli
