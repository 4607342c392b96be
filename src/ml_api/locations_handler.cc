#include "ml_api/locations_handler.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "ml_api/method.h"
#include "mlengine/ml/v1/project_service.pb.h"
#include "policy/regions.h"

namespace mlengine::ml_api {
namespace {

constexpr int kLargestPage = 100;

using ml::v1::AcceleratorConfig;

struct Places {
  policy::RegionTable regions;
  bool has_gpus;
};

void Fill(const Places& places, const std::string& project, const std::string& region,
          ml::v1::Location& location) {
  location.set_name("projects/" + project + "/locations/" + region);
  ml::v1::Capability& training = *location.add_capabilities();
  training.set_type(ml::v1::Capability::TRAINING);
  if (!places.has_gpus) return;
  for (int type = 0; type < AcceleratorConfig::Type_ARRAYSIZE; ++type) {
    const auto accelerator = static_cast<AcceleratorConfig::Type>(type);
    if (AcceleratorConfig::Type_Name(accelerator).starts_with("NVIDIA_"))
      training.add_available_accelerators(accelerator);
  }
}

Status GetLocation(const Places& places, const net::Request& request, ml::v1::Location& answer) {
  const std::string& region = request.path_values[1];
  if (!places.regions.IsOpen(region)) {
    return FieldError(StatusCode::kNotFound, "name", "The specified location could not be found.");
  }
  Fill(places, request.path_values[0], region, answer);
  return OkStatus();
}

// A page token is the name of the region that the last page ended with, in base64.
Status ListLocations(const Places& places, const net::Request& request,
                     ml::v1::ListLocationsResponse& answer) {
  MLENGINE_ASSIGN_OR_RETURN(const int size, PageSize(request, kLargestPage, kLargestPage));
  const std::vector<std::string> regions = places.regions.Open();
  auto next = regions.begin();
  if (const std::string token = Parameter(request, "pageToken"); !token.empty()) {
    const Result<std::string> last = Base64Decode(token);
    next = std::find(regions.begin(), regions.end(), last.value_or(""));
    if (next == regions.end()) {
      return FieldError(StatusCode::kInvalidArgument, "page_token",
                        "The page token is not one that this list gave.");
    }
    ++next;
  }
  for (; next != regions.end() && answer.locations_size() < size; ++next)
    Fill(places, request.path_values[0], *next, *answer.add_locations());
  if (next != regions.end()) answer.set_next_page_token(Base64Encode(*std::prev(next)));
  return OkStatus();
}

}  // namespace

void RegisterLocations(net::Router& router, policy::RegionTable regions, bool has_gpus) {
  const Places places{std::move(regions), has_gpus};
  const std::string locations = "/v1/projects/{project}/locations";
  router.Handle("GET", locations,
                Method<ml::v1::ListLocationsResponse>(
                    {"pageSize", "pageToken"},
                    [places](const net::Request& request, ml::v1::ListLocationsResponse& answer) {
                      return ListLocations(places, request, answer);
                    }));
  router.Handle(
      "GET", locations + "/{location}",
      Method<ml::v1::Location>({}, [places](const net::Request& request, ml::v1::Location& answer) {
        return GetLocation(places, request, answer);
      }));
}

}  // namespace mlengine::ml_api
