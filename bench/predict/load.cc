// The load of the prediction benchmark, the same for every server: N connections that are kept,
// each with one request under way, for some seconds.
//
//   predict_load PORT PATH BODY_FILE WORD CONNECTIONS WARM_SECONDS SECONDS
//   predict_load answer         answers every request at once with the same words, to learn what
//   the
//                               load itself can do; prints its port; ends with its standard input
//
// Every answer must be 200 and hold WORD. Prints one line of JSON: the count, the wrong answers,
// the seconds, and of the latencies p50, p90, p99 and the longest in µs. One thread.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "answer_reader.h"
#include "fixed_answer.h"

namespace mlengine::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kSpace = 64U << 10;
constexpr std::chrono::seconds kPatience{30};  // for the last answers

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "predict_load: %s\n", why.c_str());
  std::exit(1);
}

struct Options {
  int port = 0;
  std::string request;
  std::string word;
  int connections = 1;
  double warm_seconds = 0;
  double seconds = 0;
};

struct Tally {
  std::vector<float> micros;
  long wrong = 0;
  std::string first_wrong;
};

class Connection {
 public:
  Connection(const Options& options, int poll) : options_(options), poll_(poll) {}

  void Open() {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(options_.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
      Fail("no connection to port " + std::to_string(options_.port));
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = this;
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, socket_, &event);
  }

  void Send() {
    sent_at_ = Clock::now();
    busy_ = true;
    std::string_view rest = options_.request;
    while (!rest.empty()) {
      const ssize_t n = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (n <= 0) return Reopen();
      rest.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  // What has come. True when an answer is whole.
  bool Receive(Tally& tally) {
    const std::size_t old = in_.size();
    in_.resize(old + kSpace);
    const ssize_t n = ::recv(socket_, in_.data() + old, kSpace, 0);
    in_.resize(old + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n <= 0) {
      Count(tally, "the server closed the connection");
      Reopen();
      return true;
    }
    const AnswerReader::State state = reader_.Look(in_);
    if (state == AnswerReader::State::kMore) return false;
    const bool right = state == AnswerReader::State::kWhole && reader_.status() == 200 &&
                       reader_.body().find(options_.word) != std::string_view::npos;
    Count(tally, right ? "" : in_);
    const bool closes = state == AnswerReader::State::kBad || reader_.closes();
    in_.clear();
    reader_.Reset();
    if (closes) Reopen();
    return true;
  }

  bool busy() const { return busy_; }

 private:
  void Count(Tally& tally, const std::string& wrong) {
    busy_ = false;
    if (wrong.empty())
      return tally.micros.push_back(
          std::chrono::duration<float, std::micro>(Clock::now() - sent_at_).count());
    if (tally.wrong++ == 0) tally.first_wrong = wrong.substr(0, 600);
  }

  void Reopen() {
    ::close(socket_);
    in_.clear();
    reader_.Reset();
    Open();
  }

  const Options& options_;
  const int poll_;
  int socket_ = -1;
  bool busy_ = false;
  Clock::time_point sent_at_{};
  std::string in_;
  AnswerReader reader_;
};

// Sends anew after each answer until `end`, then waits for those under way.
void Drive(std::vector<Connection>& connections, int poll, Clock::time_point end, Tally& tally) {
  for (Connection& connection : connections) connection.Send();
  std::size_t busy = connections.size();
  epoll_event events[64];
  while (busy > 0) {
    const int count = ::epoll_wait(poll, events, 64, 1000);
    if (Clock::now() > end + kPatience) Fail("no answer for half a minute");
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(events[i].data.ptr);
      if (!connection.Receive(tally)) continue;
      if (Clock::now() < end) {
        connection.Send();
      } else {
        --busy;
      }
    }
  }
}

double At(const std::vector<float>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1,
                         static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

void Load(const Options& options) {
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<Connection> connections(static_cast<std::size_t>(options.connections),
                                      Connection(options, poll));
  for (Connection& connection : connections) connection.Open();
  const auto in = [](double seconds) {
    return Clock::now() +
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  };
  Tally warm;
  if (options.warm_seconds > 0) Drive(connections, poll, in(options.warm_seconds), warm);
  Tally tally;
  tally.micros.reserve(1U << 20);
  const Clock::time_point begun = Clock::now();
  Drive(connections, poll, in(options.seconds), tally);
  const double took = std::chrono::duration<double>(Clock::now() - begun).count();
  std::sort(tally.micros.begin(), tally.micros.end());
  if (tally.wrong > 0) std::fprintf(stderr, "a wrong answer: %s\n", tally.first_wrong.c_str());
  std::printf(
      "{\"count\": %zu, \"wrong\": %ld, \"seconds\": %.4f, \"p50\": %.1f, \"p90\": %.1f, "
      "\"p99\": %.1f, \"max\": %.1f}\n",
      tally.micros.size(), tally.wrong, took, At(tally.micros, 0.5), At(tally.micros, 0.9),
      At(tally.micros, 0.99), At(tally.micros, 1));
}

Options Parse(char** words) {
  Options options;
  options.port = std::atoi(words[0]);
  std::ifstream file(words[2], std::ios::binary);
  if (!file) Fail(std::string("cannot read ") + words[2]);
  const std::string body(std::istreambuf_iterator<char>(file), {});
  options.request =
      std::string("POST ") + words[1] + " HTTP/1.1\r\nHost: 127.0.0.1:" + words[0] +
      "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\n\r\n" + body;
  options.word = words[3];
  options.connections = std::atoi(words[4]);
  options.warm_seconds = std::atof(words[5]);
  options.seconds = std::atof(words[6]);
  return options;
}

}  // namespace
}  // namespace mlengine::bench

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "answer") return mlengine::bench::AnswerAll();
  if (argc != 8) {
    std::fprintf(stderr, "usage: see load.cc\n");
    return 2;
  }
  mlengine::bench::Load(mlengine::bench::Parse(argv + 1));
  return 0;
}
