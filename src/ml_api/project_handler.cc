#include "ml_api/project_handler.h"

#include "ml_api/method.h"
#include "ml_api/project_number.h"
#include "mlengine/ml/v1/project_service.pb.h"

namespace mlengine::ml_api {
namespace {

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
