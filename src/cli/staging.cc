#include "cli/staging.h"

#include <boost/json.hpp>
#include <ostream>
#include <set>

#include "base/file_system.h"
#include "cli/api.h"
#include "cli/object_client.h"
#include "cli/package.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

std::string NameOf(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

Result<bool> IsStaged(ObjectClient& objects, const GsPath& to, std::uint64_t size) {
  const Result<boost::json::value> object = objects.Metadata(to);
  if (object.ok()) return TextAt(*object, "size") == std::to_string(size);
  if (object.status().code() == StatusCode::kNotFound) return false;
  return object.status();
}

}  // namespace

Result<StagedPackages> StagedPlaces(const std::vector<std::string>& files,
                                    const std::string& location) {
  if (location.empty()) {
    return InvalidArgumentError(
        "If local packages are provided, the `--staging-bucket` or `--job-dir` flag must be "
        "given.");
  }
  MLENGINE_ASSIGN_OR_RETURN(GsPath base, ParseGs(location));
  while (!base.object.empty() && base.object.back() == '/') base.object.pop_back();
  std::set<std::string> names;
  for (const std::string& file : files) {
    const Result<FileStat> stat = RealFileSystem().Stat(file);
    if (!stat.ok()) {
      return Status(stat.status().code(), "The package [" + file + "] cannot be read: " +
                                              std::string(stat.status().message()) +
                                              ". --packages names built packages, such as "
                                              "dist/trainer-1.0.tar.gz.");
    }
    if (!names.insert(NameOf(file)).second) {
      return InvalidArgumentError("Cannot upload multiple packages with the same filename: [" +
                                  NameOf(file) + "]");
    }
  }
  StagedPackages out;
  MLENGINE_ASSIGN_OR_RETURN(out.hash, HashOfFiles(files));
  const std::string folder = (base.object.empty() ? "" : base.object + "/") + "packages/";
  for (const std::string& file : files)
    out.places.push_back({base.bucket, folder + out.hash + "/" + NameOf(file)});
  return out;
}

Result<std::vector<std::string>> StagePackages(Api& api, Session& session,
                                               const std::vector<std::string>& files,
                                               const std::string& location, bool quiet) {
  MLENGINE_ASSIGN_OR_RETURN(const StagedPackages staging, StagedPlaces(files, location));
  ObjectClient objects(api);
  std::vector<std::string> uris;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string& file = files[i];
    const GsPath& to = staging.places[i];
    MLENGINE_ASSIGN_OR_RETURN(const FileStat stat, RealFileSystem().Stat(file));
    MLENGINE_ASSIGN_OR_RETURN(const bool staged, IsStaged(objects, to, stat.size));
    if (!staged) {
      const auto unseen = [](std::uint64_t, std::uint64_t) {};
      MLENGINE_RETURN_IF_ERROR(objects.Upload(file, to, unseen).status());
    }
    if (!quiet) {
      session.err << (staged ? "Already staged, not sent again: " : "Staged ") << NameOf(file)
                  << " (" << stat.size << " bytes, sha256 " << staging.hash.substr(0, 12) << ")\n";
    }
    uris.push_back(to.Url());
  }
  return uris;
}

}  // namespace mlengine::cli
