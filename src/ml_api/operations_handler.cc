#include "ml_api/operations_handler.h"

#include "ml_api/method.h"
#include "mlengine/ml/v1/operation.pb.h"

namespace mlengine::ml_api {
namespace {

using ml::v1::ListOperationsResponse;

Status ListOperations(const net::Request&, ListOperationsResponse&) {
  return OkStatus();
}

Status NoSuchOperation(const net::Request&, ListOperationsResponse&) {
  return FieldError(StatusCode::kNotFound, "name", "The specified operation could not be found.");
}

}  // namespace

void RegisterOperations(net::Router& router) {
  const std::string operations = "/v1/projects/{project}/operations";
  router.Handle("GET", operations,
                Method<ListOperationsResponse>(
                    {"filter", "pageSize", "pageToken", "returnPartialSuccess"}, ListOperations));
  const net::Handler missing = Method<ListOperationsResponse>({}, NoSuchOperation);
  for (const std::string& name :
       {operations + "/{operation}",
        std::string("/v1/projects/{project}/locations/{location}/operations/{operation}")}) {
    router.Handle("GET", name, missing);
    router.Handle("POST", name + ":cancel", missing);
  }
  router.Handle("DELETE", operations + "/{operation}", missing);  // of the API's revision of 2018
}

}  // namespace mlengine::ml_api
