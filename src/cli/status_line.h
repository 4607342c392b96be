// StatusLine: the last line of a terminal, that tells how far a job is while its log goes by above.
// It is drawn by a thread of its own, which asks the server each second over a connection of its
// own. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <iosfwd>
#include <mutex>
#include <string>
#include <thread>

namespace mlengine::cli {

class StatusLine {
 public:
  // `text` answers what to show, "" for nothing; it is called from the line's thread. The line is
  // at most `columns` - 1 wide, so that no terminal goes to the next one. `out` outlives it.
  StatusLine(std::ostream& out, int columns, std::function<std::string()> text,
             std::chrono::milliseconds every = std::chrono::milliseconds(1000));
  // Takes the line away.
  ~StatusLine();
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  // Prints with the line out of the way, and then draws it again.
  void Print(const std::function<void()>& print);

 private:
  void Run();
  void Clear();
  void Draw();

  std::ostream& out_;
  const std::size_t width_;
  const std::function<std::string()> text_;
  const std::chrono::milliseconds every_;

  std::mutex mutex_;  // guards `out_` and all below
  std::condition_variable wake_;
  bool stopping_ = false;
  bool drawn_ = false;
  std::string shown_;
  std::thread thread_;
};

// At most `width` letters; one that is cut ends in "…".
std::string CutToWidth(const std::string& text, std::size_t width);

}  // namespace mlengine::cli
