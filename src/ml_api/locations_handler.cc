#include "ml_api/locations_handler.h"

#include <algorithm>

#include "base/digest.h"
#include "ml_api/method.h"
#include "mlengine/ml/v1/project_service.pb.h"
#include "policy/regions.h"

namespace mlengine::ml_api {
namespace {

constexpr int kLargestPage = 100;

void Fill(const std::string& project, const std::string& region, ml::v1::Location& location) {
  location.set_name("projects/" + project + "/locations/" + region);
  location.add_capabilities()->set_type(ml::v1::Capability::TRAINING);
}

Status GetLocation(const net::Request& request, ml::v1::Location& answer) {
  const std::string& region = request.path_values[1];
  if (!policy::IsTrainingRegion(region)) {
    return FieldError(StatusCode::kNotFound, "name", "The specified location could not be found.");
  }
  Fill(request.path_values[0], region, answer);
  return OkStatus();
}

// A page token is the name of the region that the last page ended with, in base64.
Status ListLocations(const net::Request& request, ml::v1::ListLocationsResponse& answer) {
  MLENGINE_ASSIGN_OR_RETURN(const int size, PageSize(request, kLargestPage, kLargestPage));
  const std::vector<std::string>& regions = policy::TrainingRegions();
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
    Fill(request.path_values[0], *next, *answer.add_locations());
  if (next != regions.end()) answer.set_next_page_token(Base64Encode(*std::prev(next)));
  return OkStatus();
}

}  // namespace

void RegisterLocations(net::Router& router) {
  const std::string locations = "/v1/projects/{project}/locations";
  router.Handle("GET", locations,
                Method<ml::v1::ListLocationsResponse>({"pageSize", "pageToken"}, ListLocations));
  router.Handle("GET", locations + "/{location}", Method<ml::v1::Location>({}, GetLocation));
}

}  // namespace mlengine::ml_api
