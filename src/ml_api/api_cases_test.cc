// Runs every file of api/cases through the doors. With MLENGINE_UPDATE_CASES=1 in the environment
// the answers in the files are rewritten instead; look at the difference before you keep it.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/digest.h"
#include "base/testing/fake_clock.h"
#include "base/testing/source_tree.h"
#include "ml_api/pretty_json.h"
#include "ml_api/routes.h"
#include "policy/quota_settings.h"
#include "store/memory_job_store.h"
#include "store/memory_model_store.h"

namespace mlengine::ml_api {
namespace {

namespace json = boost::json;
using std::filesystem::path;

struct Engine {
  std::unique_ptr<store::JobStore> store = store::NewMemoryJobStore();
  std::unique_ptr<store::ModelStore> models = store::NewMemoryModelStore();
  FakeClock clock;
  policy::RuntimeCatalog runtimes = policy::RuntimeCatalog::BuiltIn();
  net::Router router;

  // The quotas that hold when nobody has set any, with a pool of eight GPUs.
  static Status CheckQuota(const std::string& project, const ml::v1::Job& job, Time) {
    const ml::v1::TrainingInput& input = job.training_input();
    return policy::CheckQuota(project, input.region(), policy::AmountsOf(input),
                              policy::LimitsOf({}, input.region(), 8));
  }

  Engine() {
    RegisterMl(router, {.store = store.get(),
                        .models = models.get(),
                        .clock = &clock,
                        .runtimes = &runtimes,
                        .accept_work = OkStatus,
                        .check_quota = CheckQuota});
  }
};

// What the last answer that had them gave, for "<etag>" and "<nextPageToken>" in later requests.
struct Seen {
  std::string etag;
  std::string next_page_token;

  std::string Fill(std::string text, const std::string& token) const {
    for (const auto& [name, value] : {std::pair("<etag>", etag), {"<nextPageToken>", token}}) {
      if (const std::size_t at = text.find(name); at != std::string::npos)
        text.replace(at, std::string_view(name).size(), value);
    }
    return text;
  }
};

net::Request ReadRequest(const json::object& step, const Seen& seen) {
  net::Request request;
  request.method = std::string(step.at("method").as_string());
  const std::string target =
      seen.Fill(std::string(step.at("path").as_string()), PercentEncode(seen.next_page_token));
  const std::size_t mark = target.find('?');
  request.raw_path = target.substr(0, mark);
  std::string query = mark == std::string::npos ? "" : target.substr(mark + 1);
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string pair = query.substr(0, end);
    query.erase(0, end + 1);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string value = equals < pair.size() ? pair.substr(equals + 1) : "";
    request.query.emplace_back(*PercentDecode(pair.substr(0, equals)), *PercentDecode(value));
  }
  if (const json::value* headers = step.if_contains("headers")) {
    for (const auto& [name, value] : headers->as_object())
      request.headers.Add(std::string(name), std::string(value.as_string()));
  }
  // A string is the body's very bytes.
  if (const json::value* body = step.if_contains("body"))
    request.body =
        seen.Fill(body->is_string() ? std::string(body->get_string()) : json::serialize(*body), "");
  return request;
}

net::Response Call(Engine& engine, net::Request request) {
  const net::Router::Match match = engine.router.Find(request.method, request.raw_path);
  net::Response response;
  if (match.route == nullptr) {
    response.status = match.allowed.empty() ? 404 : 405;
    response.body = "{}";
    return response;
  }
  request.path_values = match.path_values;
  return match.route->handler(request);
}

bool IsTime(const json::value& value) {
  return value.is_string() && value.get_string().ends_with('Z') &&
         ParseTime(std::string(value.get_string())).ok();
}
bool IsEtag(const json::value& value) {
  if (!value.is_string()) return false;
  const Result<std::string> bytes = Base64Decode(std::string(value.get_string()));
  return bytes.ok() && bytes->size() == 8;
}

// Puts "<time>", "<etag>" and "<nextPageToken>" in place of what differs from run to run.
void Mask(json::value& tree, Seen& seen) {
  if (tree.is_array()) {
    for (json::value& element : tree.get_array()) Mask(element, seen);
  }
  if (!tree.is_object()) return;
  for (auto& [key, value] : tree.get_object()) {
    const std::string_view name = key;
    if (name.ends_with("Time") && IsTime(value)) value = "<time>";
    if (name == "etag" && IsEtag(value)) {
      seen.etag = std::string(std::exchange(value, "<etag>").as_string());
    }
    if (name == "nextPageToken")
      seen.next_page_token = std::string(std::exchange(value, "<nextPageToken>").as_string());
    Mask(value, seen);
  }
}

std::string ReadFile(const path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

class ApiCaseTest : public ::testing::TestWithParam<path> {};

TEST_P(ApiCaseTest, AnswersAsWritten) {
  json::value text = json::parse(ReadFile(GetParam()));
  const bool update = std::getenv("MLENGINE_UPDATE_CASES") != nullptr;
  Engine engine;
  Seen seen;
  std::size_t number = 0;
  for (json::value& step : text.at("steps").as_array()) {
    ++number;
    const json::object& request = step.at("request").as_object();
    const net::Response response = Call(engine, ReadRequest(request, seen));
    engine.clock.Advance(std::chrono::seconds(1));
    json::value body = json::parse(response.body);
    Mask(body, seen);
    if (update) {
      step.as_object()["response"] = json::object{{"status", response.status}, {"body", body}};
      continue;
    }
    EXPECT_EQ(response.status, step.at("response").at("status").as_int64()) << "step " << number;
    EXPECT_EQ(body, step.at("response").at("body")) << "step " << number << " answers\n"
                                                    << PrettyJson(body) << "instead of\n"
                                                    << PrettyJson(step.at("response").at("body"));
  }
  EXPECT_GT(number, 0U);
  if (update) std::ofstream(GetParam()) << PrettyJson(text);
}

std::vector<path> Cases() {
  std::vector<path> files;
  for (const auto& entry : std::filesystem::directory_iterator(SourceTree() + "/api/cases")) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string NameOf(const ::testing::TestParamInfo<path>& info) {
  std::string name = info.param.stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, ApiCaseTest, ::testing::ValuesIn(Cases()), NameOf);

}  // namespace
}  // namespace mlengine::ml_api
