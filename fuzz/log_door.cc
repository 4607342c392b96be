// The body of entries.list over a log of a few entries, page by page.
#include <boost/json.hpp>

#include "base/testing/fake_clock.h"
#include "fuzz_target.h"
#include "logging_api/entries_handler.h"
#include "logs/file_log_store.h"
#include "memory_files.h"

namespace mlengine::fuzz {
namespace {

constexpr int kEntries = 5;

struct Engine {
  MemoryFiles files;
  FakeClock clock;
  std::unique_ptr<logs::FileLogStore> store;
  Engine() {
    auto opened = logs::FileLogStore::Open({"/d", false}, files, clock);
    Require(opened.ok(), "there is a log");
    store = *std::move(opened);
    for (int i = 0; i < kEntries; ++i) {
      Require(
          store->AppendService({"p", "j"}, i, {{logs::Severity::kInfo, "hello", "service"}}).ok(),
          "an entry is written");
    }
  }
};

}  // namespace

FUZZ_TARGET(log_door) {
  static Engine engine;
  net::Request request;
  request.body = std::string(bytes);
  logging_api::LoggingDeps deps;
  deps.logs = engine.store.get();
  deps.clock = &engine.clock;
  deps.jobs = [](const std::string&) {
    return std::vector<logging_api::LoggedJob>{{"j", 0, INT64_MAX, {"master-replica-0"}}};
  };
  const net::Handler handler = logging_api::EntriesListHandler(deps);
  std::size_t seen = 0;
  for (int page = 0; page <= kEntries + 1; ++page) {
    const net::Response response = handler(request);
    Require(response.status == 200 || response.status == 400, "an answer, or what is wrong");
    boost::json::error_code error;
    const boost::json::value answer = boost::json::parse(response.body, error);
    Require(!error && answer.is_object(), "an answer is JSON");
    if (response.status != 200) return Require(page == 0, "a page has a next one");
    const boost::json::object& object = answer.get_object();
    if (object.contains("entries")) seen += object.at("entries").as_array().size();
    Require(seen <= kEntries, "no entry is told twice");
    if (!object.contains("nextPageToken")) return;
    boost::json::object next = boost::json::parse(request.body).as_object();
    next.erase("page_token");
    next["pageToken"] = object.at("nextPageToken");
    request.body = boost::json::serialize(next);
  }
  Require(false, "the pages end");
}

}  // namespace mlengine::fuzz
