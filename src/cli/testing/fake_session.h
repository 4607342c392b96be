// A session whose server is a function: every call is recorded, the answers are scripted.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "cli/app.h"
#include "cli/command.h"
#include "cli/session.h"

namespace mlengine::cli {

struct FakeServer {
  std::vector<net::ClientRequest> calls;
  std::function<Result<net::ClientResponse>(const net::ClientRequest&)> answer;
  std::deque<std::vector<std::string>>
      streams;  // pieces of one streamed answer each; "CUT" cuts it
};

class FakeClient final : public net::Client {
 public:
  explicit FakeClient(FakeServer& server) : server_(server) {}
  Result<net::ClientResponse> Call(const net::ClientRequest& request,
                                   std::chrono::milliseconds) override {
    server_.calls.push_back(request);
    return server_.answer(request);
  }
  Result<net::ClientResponse> Stream(const net::ClientRequest& request,
                                     const std::function<bool(std::string_view)>& on_data,
                                     std::chrono::milliseconds) override {
    server_.calls.push_back(request);
    if (server_.streams.empty()) {
      Result<net::ClientResponse> answer = server_.answer(request);
      if (answer.ok() && answer->status / 100 == 2) on_data(answer->body);
      return answer;
    }
    const std::vector<std::string> pieces = server_.streams.front();
    server_.streams.pop_front();
    for (const std::string& piece : pieces) {
      if (piece == "CUT") return UnavailableError("connection reset");
      if (!on_data(piece)) return CancelledError("stopped");
    }
    return net::ClientResponse{200, {}, ""};
  }

 private:
  FakeServer& server_;
};

struct FakeRun {
  FakeServer server;
  std::map<std::string, std::string> environment = {{"MLENGINE_PROJECT", "p"},
                                                    {"MLENGINE_ENDPOINT", "http://h:1"}};
  std::ostringstream out;
  std::ostringstream err;
  std::chrono::milliseconds slept{0};
  std::deque<std::string> typed;  // lines of standard input

  int Run(const std::vector<std::string>& words) {
    Session session{.out = out,
                    .err = err,
                    .env = [this](const std::string& name) -> std::optional<std::string> {
                      const auto found = environment.find(name);
                      if (found == environment.end()) return std::nullopt;
                      return found->second;
                    },
                    .connect = [this](const std::string&) -> Result<std::unique_ptr<net::Client>> {
                      return std::unique_ptr<net::Client>(std::make_unique<FakeClient>(server));
                    },
                    .sleep = [this](std::chrono::milliseconds time) { slept += time; },
                    .read_line = [this]() -> std::optional<std::string> {
                      if (typed.empty()) return std::nullopt;
                      std::string line = typed.front();
                      typed.pop_front();
                      return line;
                    },
                    .program_folder = "/nowhere"};
    return RunApp(words, session);
  }
};

inline net::ClientResponse JsonAnswer(std::string body, int status = 200) {
  return {status, {}, std::move(body)};
}

}  // namespace mlengine::cli
