#include "ml_api/project_handler.h"

#include <charconv>

#include "base/digest.h"
#include "ml_api/method.h"
#include "mlengine/ml/v1/project_service.pb.h"

namespace mlengine::ml_api {
namespace {

// Twelve digits, as the original's project numbers have; nothing but the id decides it, so that no
// record of projects is needed.
std::int64_t ProjectNumber(const std::string& project) {
  const std::string digest = Sha256Hex(project);
  std::uint64_t value = 0;
  std::from_chars(digest.data(), digest.data() + 15, value, 16);
  return static_cast<std::int64_t>(100'000'000'000 + value % 900'000'000'000);
}

Status GetConfig(const net::Request& request, ml::v1::GetConfigResponse& answer) {
  const std::int64_t number = ProjectNumber(request.path_values[0]);
  answer.set_service_account("service-" + std::to_string(number) + "@mlengine.local");
  answer.set_service_account_project(number);
  return OkStatus();
}

}  // namespace

void RegisterProject(net::Router& router) {
  router.Handle("GET", "/v1/projects/{project}:getConfig",
                Method<ml::v1::GetConfigResponse>({}, GetConfig));
}

}  // namespace mlengine::ml_api
