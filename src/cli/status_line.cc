#include "cli/status_line.h"

#include <algorithm>
#include <ostream>
#include <utility>

namespace mlengine::cli {
namespace {

// Back to the line's start, and nothing behind it.
constexpr const char* kClear = "\r\x1b[K";
constexpr int kUsualColumns = 80;

}  // namespace

std::string CutToWidth(const std::string& text, std::size_t width) {
  std::size_t letters = 0;
  std::size_t cut = 0;  // where the last letter that may stay ends
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (begins && letters + 1 == width) cut = i;
    if (begins) ++letters;
  }
  if (letters <= width) return text;
  return width == 0 ? "" : text.substr(0, cut) + "…";
}

StatusLine::StatusLine(std::ostream& out, int columns, std::function<std::string()> text,
                       std::chrono::milliseconds every)
    : out_(out),
      width_(static_cast<std::size_t>(std::max(columns > 0 ? columns : kUsualColumns, 2)) - 1),
      text_(std::move(text)),
      every_(every),
      thread_([this] { Run(); }) {}

StatusLine::~StatusLine() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
  Clear();
  out_.flush();
}

void StatusLine::Run() {
  while (true) {
    std::string text = text_();
    std::unique_lock lock(mutex_);
    if (text != shown_) {
      Clear();
      shown_ = std::move(text);
      Draw();
      out_.flush();
    }
    if (wake_.wait_for(lock, every_, [this] { return stopping_; })) return;
  }
}

void StatusLine::Clear() {
  if (drawn_) out_ << kClear;
  drawn_ = false;
}

void StatusLine::Draw() {
  if (shown_.empty()) return;
  out_ << CutToWidth(shown_, width_);
  drawn_ = true;
}

void StatusLine::Print(const std::function<void()>& print) {
  const std::lock_guard lock(mutex_);
  Clear();
  out_.flush();
  print();
  Draw();
  out_.flush();
}

}  // namespace mlengine::cli
