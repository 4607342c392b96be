#include "ml_api/jobs_handler.h"

#include "ml_api/method.h"

namespace mlengine::ml_api {

void RegisterJobs(net::Router& router, const JobDeps& deps) {
  const auto bind = [&deps](auto call) {
    return [deps, call](const net::Request& request, auto& answer) {
      return call(deps, request, answer);
    };
  };
  const std::string jobs = "/v1/projects/{project}/jobs";
  const std::string job = jobs + "/{job}";
  router.Handle("POST", jobs, Method<ml::v1::Job>({}, bind(CreateJob)));
  router.Handle(
      "GET", jobs,
      Method<ml::v1::ListJobsResponse>({"filter", "pageSize", "pageToken"}, bind(ListJobs)));
  router.Handle("GET", job, Method<ml::v1::Job>({}, bind(GetJob)));
  router.Handle("PATCH", job, Method<ml::v1::Job>({"updateMask"}, bind(PatchJob)));
  router.Handle("POST", job + ":cancel", Method<ml::v1::CancelJobResponse>({}, bind(CancelJob)));
}

}  // namespace mlengine::ml_api
