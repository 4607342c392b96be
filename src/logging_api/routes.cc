#include "logging_api/routes.h"

#include <string>

#include "logging_api/descriptors_handler.h"
#include "logging_api/entries_handler.h"
#include "logging_api/logs_handler.h"
#include "logging_api/tail_handler.h"

namespace mlengine::logging_api {
namespace {

net::Handler Refuse(std::string what) {
  return [what = std::move(what)](net::Request&) { return ErrorAnswer(UnimplementedError(what)); };
}

}  // namespace

void RegisterLogging(net::Router& router, const LoggingDeps& deps) {
  router.Handle("POST", "/v2/entries:list", EntriesListHandler(deps));
  router.Handle("POST", "/v2/entries:tail", EntriesTailHandler(deps));
  router.Handle("GET", "/v2/projects/{project}/logs", LogsListHandler(deps));
  router.Handle("GET", "/v2/monitoredResourceDescriptors", DescriptorsListHandler());
  router.Handle("POST", "/v2/entries:write",
                Refuse("entries.write is not supported by this engine: entries come from jobs "
                       "and models alone, by what their programs print."));
  router.Handle("POST", "/v2/entries:copy",
                Refuse("entries.copy is not supported by this engine; "
                       "`mlengine logs download` gives a job's whole log."));
  router.Handle("DELETE", "/v2/projects/{project}/logs/{log}",
                Refuse("projects.logs.delete is not supported by this engine: a job's log goes "
                       "when its retention ends."));
}

}  // namespace mlengine::logging_api
