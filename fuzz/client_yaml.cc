// The files that a user gives the command line: the job of --config, and the client's settings.
#include <boost/json.hpp>
#include <iostream>

#include "base/testing/temp_dir.h"
#include "cli/command.h"
#include "cli/job_config.h"
#include "cli/session.h"
#include "cli/settings.h"
#include "fuzz_target.h"

namespace mlengine::fuzz {

FUZZ_TARGET(client_yaml) {
  static const TempDir dir;
  const std::string path = dir / "mlengine/config.yaml";
  static const bool made = RealFileSystem().MakeDirectories(dir / "mlengine").ok();
  Require(made && RealFileSystem().ReplaceVisible(path, bytes).ok(), "a file is written");

  const auto job = cli::ReadJobConfig(path);
  if (!job.ok()) {
    RequireInvalid(job.status());
    Require(job.status().message().find(path) != std::string::npos, "an error names the file");
  }
  if (job.ok()) {
    boost::json::error_code error;
    static_cast<void>(boost::json::parse(boost::json::serialize(*job), error));
    Require(!error, "a job is sent as JSON");
    boost::json::object with_flags = *job;
    cli::ApplyJobFlags(cli::Invocation{}, "", with_flags);
    Require(with_flags.contains("trainingInput"), "a job has an input");
  }
  static_cast<void>(cli::LinesNamed(path, "Field: job.training_input Error: x"));

  const cli::Session session{.out = std::cout,
                             .err = std::cerr,
                             .env = [](const std::string& name) -> std::optional<std::string> {
                               if (name == "XDG_CONFIG_HOME") return dir.path();
                               if (name == "HOME") return "/nowhere";
                               return std::nullopt;
                             },
                             .connect = {},
                             .sleep = {},
                             .program_folder = {}};
  const auto project = cli::ProjectOf({}, session);
  if (!project.ok()) RequireInvalid(project.status());
  if (project.ok()) Require(!project->empty(), "there is a project");
  const auto endpoint = cli::EndpointOf({}, session);
  if (!endpoint.ok()) RequireInvalid(endpoint.status());
}

}  // namespace mlengine::fuzz
