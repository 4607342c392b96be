// Runs the golden cases of api/cases/storage: what real clients send, step by step, against a store
// in memory on 2018-01-02T03:04:05Z. MLENGINE_UPDATE_CASES=1 rewrites the answers (then format the
// files with `python3 -m json.tool`).
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>

#include "base/digest.h"
#include "base/file_system.h"
#include "base/testing/fake_clock.h"
#include "base/testing/source_tree.h"
#include "base/testing/temp_dir.h"
#include "objects/memory_object_store.h"
#include "storage_api/routes.h"

namespace mlengine::storage_api {
namespace {

namespace json = boost::json;

const std::string kFolder = SourceTree() + "/api/cases/storage";
constexpr std::string_view kUploadId = "<upload_id>";

std::vector<std::string> CaseFiles() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void Replace(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos && !from.empty();
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

class StorageCaseTest : public ::testing::TestWithParam<std::string> {
 protected:
  StorageCaseTest() : store_(objects::NewMemoryObjectStore(clock_)) {
    RegisterStorage(router_, {store_.get(), &clock_, {}, dir_ / "uploads"});
  }

  net::Request MakeRequest(const json::object& step) {
    net::Request request;
    request.method = std::string(step.at("method").as_string());
    std::string path(step.at("path").as_string());
    Replace(path, kUploadId, upload_id_);
    const std::size_t mark = std::min(path.find('?'), path.size());
    request.raw_path = path.substr(0, mark);
    request.scheme_and_host = "http://127.0.0.1:8650";
    for (std::string_view rest = std::string_view(path).substr(mark); !rest.empty();) {
      rest.remove_prefix(1);
      const std::size_t end = std::min(rest.find('&'), rest.size());
      const std::size_t equals = std::min(rest.find('='), end);
      request.query.emplace_back(
          rest.substr(0, equals),
          *PercentDecode(rest.substr(std::min(equals + 1, end), end - std::min(equals + 1, end))));
      rest.remove_prefix(end);
    }
    if (const auto* headers = step.if_contains("headers")) {
      for (const auto& [name, value] : headers->as_object()) {
        request.headers.Add(std::string(name), std::string(value.as_string()));
      }
    }
    if (const auto* body = step.if_contains("body")) {
      request.body = body->is_string() ? std::string(body->as_string()) : json::serialize(*body);
    }
    return request;
  }

  net::Response Answer(net::Request request) {
    const net::Router::Match match = router_.Find(request.method, request.raw_path);
    if (match.route == nullptr) {
      ADD_FAILURE() << "no route for " << request.method << " " << request.raw_path;
      return {};
    }
    request.path_values = match.path_values;
    if (match.route->handler) return match.route->handler(request);
    const auto sink = match.route->upload_handler(request);
    if (request.body.empty()) return sink->Finish();
    const Status status = sink->Write(request.body);
    return status.ok() ? sink->Finish() : sink->Fail(status);
  }

  // The answer as the case writes it: the headers that clients look at, the body as JSON where it
  // is JSON.
  json::object Record(net::Response response) {
    json::object out{{"status", response.status}};
    json::object headers;
    for (const char* name : {"Location", "Range", "Content-Range", "Content-Type", "x-goog-hash"}) {
      if (const auto value = response.headers.Get(name)) {
        std::string text(*value);
        if (const std::size_t at = text.find("upload_id="); at != std::string::npos) {
          upload_id_ = text.substr(at + 10);
          Replace(text, upload_id_, kUploadId);
        }
        headers[name] = text;
      }
    }
    if (!headers.empty()) out["headers"] = std::move(headers);
    if (response.stream != nullptr) {
      std::string piece;
      while (response.stream->Next(piece) == net::BodyStream::Pull::kData) response.body += piece;
    }
    if (response.body.empty()) return out;
    json::error_code error;
    json::value body = json::parse(response.body, error);
    out["body"] = error ? json::value(response.body) : std::move(body);
    return out;
  }

  TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<objects::ObjectStore> store_;
  net::Router router_;
  std::string upload_id_;
};

TEST_P(StorageCaseTest, AnswersAsWritten) {
  const std::string path = kFolder + "/" + GetParam() + ".json";
  json::value whole = json::parse(*RealFileSystem().Read(path));
  for (json::value& step : whole.at("steps").as_array()) {
    const json::object got = Record(Answer(MakeRequest(step.at("request").as_object())));
    if (std::getenv("MLENGINE_UPDATE_CASES") != nullptr) {
      step.as_object()["response"] = got;
    } else {
      EXPECT_EQ(step.at("response"), got) << json::serialize(step.at("request"));
    }
  }
  if (std::getenv("MLENGINE_UPDATE_CASES") != nullptr) {
    ASSERT_TRUE(RealFileSystem().WriteAtomic(path, json::serialize(whole)).ok());
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, StorageCaseTest, ::testing::ValuesIn(CaseFiles()),
                         [](const auto& named) {
                           std::string name = named.param;
                           Replace(name, "-", "_");
                           return name;
                         });

}  // namespace
}  // namespace mlengine::storage_api
