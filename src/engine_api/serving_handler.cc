#include "engine_api/serving_handler.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "base/number_text.h"
#include "engine_api/answer.h"
#include "engine_api/request_body.h"
#include "engine_api/serving_view.h"
#include "policy/serving_settings.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

using engine::v1::ServingSettings;
using store::StoredResource;

constexpr char kDoor[] = "/mlengine/v1/projects/{project}/models/{model}/serving";
constexpr char kListDoor[] = "/mlengine/v1/projects/{project}/serving";
constexpr int kWholePage = 1'000;
constexpr int kModels = 50;
constexpr int kMostModels = 200;

Result<std::vector<StoredResource>> VersionsOf(store::ModelStore& models,
                                               const store::ResourceKey& model) {
  std::vector<StoredResource> all;
  store::ListResourcesQuery query{.kind = store::ResourceKind::kVersion,
                                  .project = model.project,
                                  .parent = model.name,
                                  .page_size = kWholePage};
  do {
    MLENGINE_ASSIGN_OR_RETURN(store::ListResourcesPage page, models.List(query));
    std::ranges::move(page.resources, std::back_inserter(all));
    query.page_token = page.next_page_token;
  } while (!query.page_token.empty());
  return all;
}

Result<StoredResource> ModelOf(store::ModelStore& models, const store::ResourceKey& key) {
  Result<StoredResource> model = models.Get(key);
  if (model.status().code() == StatusCode::kNotFound)
    return NotFoundError("There is no model \"" + key.name.substr(0, 128) + "\" in project \"" +
                         key.project.substr(0, 64) + "\".");
  return model;
}

// What is known of the versions that were asked, by their folders.
class Views {
 public:
  explicit Views(const ServingDeps& deps) : deps_(deps), views_(deps.versions()) {
    for (const auto& view : views_) by_folder_[view.folder] = &view;
  }
  Views(const Views&) = delete;
  Views& operator=(const Views&) = delete;

  // Null for a version that nobody asked.
  const serving::ModelServers::VersionView* Of(const StoredResource& version) const {
    const auto view = by_folder_.find(deps_.folder_of(version));
    return view == by_folder_.end() ? nullptr : view->second;
  }

 private:
  const ServingDeps& deps_;
  const std::vector<serving::ModelServers::VersionView> views_;
  std::map<std::string, const serving::ModelServers::VersionView*> by_folder_;
};

Result<std::string> Shown(const ServingDeps& deps, const store::ResourceKey& key) {
  MLENGINE_ASSIGN_OR_RETURN(const StoredResource model, ModelOf(*deps.models, key));
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<StoredResource> versions,
                            VersionsOf(*deps.models, key));
  const Views views(deps);
  const std::string& default_version = model.record.model().default_version();
  json::array list;
  for (const StoredResource& version : versions) {
    list.push_back(VersionJson(version, version.key.name == default_version, views.Of(version)));
  }
  return json::serialize(json::object{{"model", key.name},
                                      {"defaultVersion", default_version},
                                      {"settings", SettingsJson(model.record.model().serving())},
                                      {"versions", std::move(list)}});
}

Result<int> PageSize(const net::Request& request) {
  const std::string_view text = request.Query("pageSize").value_or("");
  if (text.empty()) return kModels;
  const int size = ToNumber<int>(text).value_or(0);
  if (size < 1 || size > kMostModels)
    return InvalidArgumentError("pageSize: a whole number from 1 to " +
                                std::to_string(kMostModels) + " goes there");
  return size;
}

Result<std::string> Listed(const ServingDeps& deps, const net::Request& request) {
  MLENGINE_ASSIGN_OR_RETURN(const int size, PageSize(request));
  MLENGINE_ASSIGN_OR_RETURN(
      const store::ListResourcesPage page,
      deps.models->List({.kind = store::ResourceKind::kModel,
                         .project = request.path_values[0],
                         .page_size = size,
                         .page_token = std::string(request.Query("pageToken").value_or(""))}));
  const Views views(deps);
  const auto now = std::chrono::system_clock::now();
  json::array models;
  for (const StoredResource& model : page.resources) {
    const std::string& default_version = model.record.model().default_version();
    MLENGINE_ASSIGN_OR_RETURN(const std::vector<StoredResource> versions,
                              VersionsOf(*deps.models, model.key));
    json::array list;
    for (const StoredResource& version : versions) {
      list.push_back(
          VersionSummary(version, version.key.name == default_version, views.Of(version), now));
    }
    models.push_back({{"model", model.key.name},
                      {"description", model.record.model().model().description()},
                      {"defaultVersion", default_version},
                      {"versions", std::move(list)}});
  }
  return json::serialize(
      json::object{{"models", std::move(models)}, {"nextPageToken", page.next_page_token}});
}

Status Wrong(const std::string& what) {
  return InvalidArgumentError(what);
}

Status ReadTraffic(const json::value& value, ServingSettings& settings) {
  settings.clear_traffic();
  if (value.is_null()) return OkStatus();
  if (!value.is_array())
    return Wrong("traffic: a list of {\"version\": …, \"percent\": …} goes there");
  for (const json::value& item : value.get_array()) {
    const json::object* const share = item.if_object();
    const json::value* const version = share == nullptr ? nullptr : share->if_contains("version");
    const json::value* const percent = share == nullptr ? nullptr : share->if_contains("percent");
    if (share == nullptr || share->size() != 2 || version == nullptr || percent == nullptr ||
        !version->is_string() || !percent->is_int64())
      return Wrong(
          "traffic: each share has a \"version\", a text, and a \"percent\", a whole number");
    engine::v1::TrafficShare& added = *settings.add_traffic();
    added.set_version(std::string(version->get_string()));
    added.set_percent(static_cast<int>(std::clamp<std::int64_t>(percent->get_int64(), -1, 1'000)));
  }
  return OkStatus();
}

Status ReadLogging(const json::value& value, ServingSettings& settings) {
  settings.clear_request_logging();
  if (value.is_null()) return OkStatus();
  const json::object* const logging = value.if_object();
  const json::value* const folder = logging == nullptr ? nullptr : logging->if_contains("folder");
  const json::value* const sample =
      logging == nullptr ? nullptr : logging->if_contains("samplePercent");
  if (logging == nullptr || logging->size() != 2 || folder == nullptr || sample == nullptr ||
      !folder->is_string() || !sample->is_number())
    return Wrong(
        "requestLogging: {\"folder\": \"gs://…\", \"samplePercent\": 1.5} or null goes there");
  settings.mutable_request_logging()->set_folder(std::string(folder->get_string()));
  settings.mutable_request_logging()->set_sample_percent(sample->to_number<double>());
  return OkStatus();
}

Status ReadChange(const json::object& body, ServingSettings& settings) {
  if (const json::value* const traffic = body.if_contains("traffic"))
    MLENGINE_RETURN_IF_ERROR(ReadTraffic(*traffic, settings));
  if (const json::value* const logging = body.if_contains("requestLogging"))
    MLENGINE_RETURN_IF_ERROR(ReadLogging(*logging, settings));
  if (const json::value* const separate = body.if_contains("separateRuns")) {
    if (!separate->is_bool()) return Wrong("separateRuns: true or false goes there");
    settings.set_separate_runs(separate->get_bool());
  }
  return OkStatus();
}

Status CheckBucket(const ServingDeps& deps, const ServingSettings& settings) {
  if (!settings.has_request_logging()) return OkStatus();
  const std::string& folder = settings.request_logging().folder();
  const std::string bucket = folder.substr(0, folder.find('/', 5)).substr(5);
  if (deps.has_bucket(bucket)) return OkStatus();
  return Status(FailedPreconditionError("There is no bucket " + bucket + "."))
      .WithViolations({{"requestLogging.folder", "There is no bucket " + bucket +
                                                     ". Make it: mlengine storage buckets "
                                                     "create gs://" +
                                                     bucket}});
}

Status Change(const ServingDeps& deps, const store::ResourceKey& key, const net::Request& request) {
  MLENGINE_ASSIGN_OR_RETURN(const json::object body,
                            ReadBody(request, {"traffic", "requestLogging", "separateRuns"}));
  if (body.empty()) return Wrong("The change has none of traffic, requestLogging, separateRuns.");
  return deps.models->Change([&](store::ModelTransaction& change) -> Status {
    Result<StoredResource> model = change.Get(key);
    if (model.status().code() == StatusCode::kNotFound) return ModelOf(*deps.models, key).status();
    MLENGINE_RETURN_IF_ERROR(model.status());
    ServingSettings& settings = *model->record.mutable_model()->mutable_serving();
    MLENGINE_RETURN_IF_ERROR(ReadChange(body, settings));
    MLENGINE_ASSIGN_OR_RETURN(const std::vector<StoredResource> versions,
                              change.All(store::ResourceKind::kVersion, key.project, key.name));
    std::vector<std::string> names;
    for (const StoredResource& version : versions) names.push_back(version.key.name);
    MLENGINE_RETURN_IF_ERROR(policy::ValidateServingSettings(settings, names));
    MLENGINE_RETURN_IF_ERROR(CheckBucket(deps, settings));
    return change.Put(key, model->record);
  });
}

}  // namespace

void RegisterServing(net::Router& router, const ServingDeps& deps) {
  const auto show = [deps](const store::ResourceKey& key) {
    const Result<std::string> body = Shown(deps, key);
    return body.ok() ? JsonAnswer(*body) : ErrorAnswer(body.status());
  };
  router.Handle("GET", kDoor, [show](net::Request& request) {
    return show(store::ModelKey(request.path_values[0], request.path_values[1]));
  });
  router.Handle("GET", kListDoor, [deps](net::Request& request) {
    const Result<std::string> body = Listed(deps, request);
    return body.ok() ? JsonAnswer(*body) : ErrorAnswer(body.status());
  });
  router.Handle("PATCH", kDoor, [deps, show](net::Request& request) {
    const store::ResourceKey key = store::ModelKey(request.path_values[0], request.path_values[1]);
    const Status changed = Change(deps, key, request);
    return changed.ok() ? show(key) : ErrorAnswer(changed);
  });
}

}  // namespace mlengine::engine_api
