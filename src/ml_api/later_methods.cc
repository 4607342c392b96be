#include "ml_api/later_methods.h"

#include <array>

#include "ml_api/method.h"

namespace mlengine::ml_api {
namespace {

struct Later {
  const char* method;
  const char* path;  // after /v1/projects/{p}
  const char* name;  // after "projects."
};

constexpr auto kLater = std::to_array<Later>({
    {"POST", ":predict", "predict"},
    {"POST", ":explain", "explain"},
    {"POST", "/locations/{l}/studies", "locations.studies.create"},
    {"GET", "/locations/{l}/studies", "locations.studies.list"},
    {"GET", "/locations/{l}/studies/{s}", "locations.studies.get"},
    {"DELETE", "/locations/{l}/studies/{s}", "locations.studies.delete"},
    {"POST", "/locations/{l}/studies/{s}/trials", "locations.studies.trials.create"},
    {"GET", "/locations/{l}/studies/{s}/trials", "locations.studies.trials.list"},
    {"POST", "/locations/{l}/studies/{s}/trials:suggest", "locations.studies.trials.suggest"},
    {"POST", "/locations/{l}/studies/{s}/trials:listOptimalTrials",
     "locations.studies.trials.listOptimalTrials"},
    {"GET", "/locations/{l}/studies/{s}/trials/{t}", "locations.studies.trials.get"},
    {"DELETE", "/locations/{l}/studies/{s}/trials/{t}", "locations.studies.trials.delete"},
    {"POST", "/locations/{l}/studies/{s}/trials/{t}:addMeasurement",
     "locations.studies.trials.addMeasurement"},
    {"POST", "/locations/{l}/studies/{s}/trials/{t}:checkEarlyStoppingState",
     "locations.studies.trials.checkEarlyStoppingState"},
    {"POST", "/locations/{l}/studies/{s}/trials/{t}:complete", "locations.studies.trials.complete"},
    {"POST", "/locations/{l}/studies/{s}/trials/{t}:stop", "locations.studies.trials.stop"},
});

}  // namespace

void RegisterLaterMethods(net::Router& router) {
  for (const Later& later : kLater) {
    const std::string name = std::string("projects.") + later.name;
    router.Handle(
        later.method, std::string("/v1/projects/{p}") + later.path, [name](net::Request&) {
          return ErrorResponse(UnimplementedError(name + " is not supported by this engine yet."));
        });
  }
}

}  // namespace mlengine::ml_api
