#include "logging_api/descriptors_handler.h"

#include <boost/json.hpp>

#include "logging_api/door.h"

namespace mlengine::logging_api {
namespace {

boost::json::object Label(const char* key, const char* description) {
  return {{"key", key}, {"description", description}};
}

boost::json::object Descriptor(const char* type, const char* name) {
  return {
      {"type", type},
      {"displayName", name},
      {"description", "A training job."},
      {"labels",
       {Label("project_id", "The project of the job."), Label("job_id", "The job's name."),
        Label("task_name", "Who wrote: \"service\", or a replica such as \"master-replica-0\".")}}};
}

boost::json::object VersionDescriptor() {
  return {
      {"type", "cloudml_model_version"},
      {"displayName", "Cloud ML Model Version"},
      {"description", "A version of a model."},
      {"labels",
       {Label("project_id", "The project of the model."), Label("model_id", "The model's name."),
        Label("version_id", "The version's name."), Label("region", "The model's region.")}}};
}

}  // namespace

net::Handler DescriptorsListHandler() {
  return [](net::Request&) {
    const boost::json::object answer{
        {"resourceDescriptors",
         {Descriptor("ml_job", "Machine learning job"),
          Descriptor("cloudml_job", "Machine learning job, by its other name"),
          VersionDescriptor()}}};
    return JsonAnswer(boost::json::serialize(answer));
  };
}

}  // namespace mlengine::logging_api
