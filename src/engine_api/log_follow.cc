#include "engine_api/log_follow.h"

#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "base/log.h"

namespace mlengine::engine_api {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kPiecesAtOnce = 16;
constexpr std::string_view kRetry = "retry: 1000\n\n";  // ms until a client comes again
constexpr std::string_view kHeartbeat = ":\n\n";
constexpr std::string_view kEndEvent = "event: end\ndata: {\"end\":true}\n\n";
constexpr std::string_view kEndLine = "{\"end\":true}\n";

milliseconds Since(steady_clock::time_point moment) {
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - moment);
}

// What these bodies share: the place, the watch, and reading on from the place.
class FollowBody : public net::BodyStream {
 public:
  FollowBody(Followed what, PieceForm form, bool waits)
      : what_(std::move(what)), form_(form), waits_(waits) {}
  ~FollowBody() override {
    if (watch_) what_.store->Unwatch(*watch_);
  }
  void SetWaker(std::function<void()> waker) override {
    if (waits_) watch_ = what_.store->Watch(what_.job, std::move(waker));
  }

 protected:
  struct Read {
    std::string bytes;
    bool caught_up = false;  // nothing is behind them now
    bool ended = false;      // and nothing will be
  };
  Result<Read> ReadOn() {
    Read read;
    // Asked before the read: what was there when the log ended is read then.
    const bool ended = what_.store->Ended(what_.job);
    for (int i = 0; i < kPiecesAtOnce && read.bytes.size() < LogPieces::kPieceBytes; ++i) {
      MLENGINE_ASSIGN_OR_RETURN(const auto piece,
                                what_.pieces->Next(what_.job, what_.place, form_, ended));
      if (form_ == PieceForm::kList && !read.bytes.empty() && !piece->bytes.empty())
        read.bytes += ',';
      read.bytes += piece->bytes;
      if (!piece->last_id.empty()) last_id_ = piece->last_id;
      if (piece->reached) {
        what_.place.after_stamp_ns = *piece->reached;
        what_.place.after_insert_id.clear();
      }
      // A kept piece says what was the end when it was made.
      read.caught_up = piece->end && (ended || !piece->reached);
      if (read.caught_up) break;
    }
    read.ended = ended && read.caught_up;
    return read;
  }
  Pull Fail(const Status& status) const {
    Log(LogLevel::kError, "cannot read a log",
        {{"project", what_.job.project}, {"job", what_.job.job_id}, {"error", status.ToString()}});
    return Pull::kFail;
  }

  Followed what_;
  std::string last_id_;  // of the last entry given; "": none

 private:
  const PieceForm form_;
  const bool waits_;
  std::optional<std::int64_t> watch_;
};

class LinesBody final : public FollowBody {
 public:
  LinesBody(Followed what, bool follow)
      : FollowBody(std::move(what), PieceForm::kLines, follow), follow_(follow) {}

  Pull Next(std::string& out) override {
    if (done_) return Pull::kEnd;
    Result<Read> read = ReadOn();
    if (!read.ok()) return Fail(read.status());
    out = std::move(read->bytes);
    done_ = read->ended || (read->caught_up && !follow_);
    if (done_ && follow_) out += kEndLine;
    if (!out.empty() || !read->caught_up) return Pull::kData;
    return done_ ? Pull::kEnd : Pull::kWait;
  }

 private:
  const bool follow_;
  bool done_ = false;
};

class EventsBody final : public FollowBody {
 public:
  EventsBody(Followed what, milliseconds heartbeat)
      : FollowBody(std::move(what), PieceForm::kEvents, true), heartbeat_(heartbeat) {}

  Pull Next(std::string& out) override {
    if (done_) return Pull::kEnd;
    Result<Read> read = ReadOn();
    if (!read.ok()) return Fail(read.status());
    out = std::exchange(first_, false) ? kRetry : "";
    out += read->bytes;
    done_ = read->ended;
    if (done_) out += kEndEvent;
    if (out.empty() && !read->caught_up) return Pull::kData;
    if (out.empty() && Since(spoken_) >= heartbeat_) out = kHeartbeat;
    if (out.empty()) return Pull::kWait;
    spoken_ = steady_clock::now();
    return Pull::kData;
  }
  std::optional<milliseconds> WaitLimit() override {
    return std::max(milliseconds(0), heartbeat_ - Since(spoken_));
  }

 private:
  const milliseconds heartbeat_;
  steady_clock::time_point spoken_ = steady_clock::now();
  bool first_ = true;
  bool done_ = false;
};

class PollBody final : public FollowBody {
 public:
  PollBody(Followed what, milliseconds wait)
      : FollowBody(std::move(what), PieceForm::kList, true), until_(steady_clock::now() + wait) {
    last_id_ = what_.place.after_insert_id;
  }

  Pull Next(std::string& out) override {
    if (done_) return Pull::kEnd;
    const bool late = steady_clock::now() >= until_;
    const Result<Read> read = ReadOn();
    if (!read.ok()) return Fail(read.status());
    if (read->bytes.empty() && !read->ended && !late)
      return read->caught_up ? Pull::kWait : Pull::kData;
    out = Answer(*read);
    done_ = true;
    return Pull::kData;
  }
  std::optional<milliseconds> WaitLimit() override {
    // Rounded up: woken a moment too early it would only wait once more.
    return std::max(milliseconds(0), milliseconds(1) - Since(until_));
  }
  std::string LastWords() override { return done_ ? std::string() : Answer({}); }

 private:
  std::string Answer(const Read& read) const {
    return "{\"entries\":[" + read.bytes + "],\"next\":" + boost::json::serialize(last_id_) +
           ",\"ended\":" + (read.ended ? "true" : "false") + "}\n";
  }

  const steady_clock::time_point until_;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<net::BodyStream> EntryLines(Followed what, bool follow) {
  return std::make_unique<LinesBody>(std::move(what), follow);
}

std::unique_ptr<net::BodyStream> EntryEvents(Followed what, milliseconds heartbeat) {
  return std::make_unique<EventsBody>(std::move(what), heartbeat);
}

std::unique_ptr<net::BodyStream> NextEntries(Followed what, milliseconds wait) {
  return std::make_unique<PollBody>(std::move(what), wait);
}

}  // namespace mlengine::engine_api
