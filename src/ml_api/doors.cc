#include "ml_api/doors.h"

#include "ml_api/jobs_handler.h"
#include "ml_api/later_methods.h"
#include "ml_api/locations_handler.h"
#include "ml_api/operations_handler.h"
#include "ml_api/project_handler.h"

namespace mlengine::ml_api {

void RegisterDoors(net::Router& router, const JobDeps& deps) {
  RegisterProject(router);
  RegisterJobs(router, deps);
  RegisterLocations(router);
  RegisterOperations(router);
  RegisterLaterMethods(router);
}

}  // namespace mlengine::ml_api
