#include "serving/deployment.h"

#include <algorithm>
#include <span>

namespace mlengine::serving {
namespace {

using ml::v1::Version;

constexpr std::size_t kPathBytes = 1024;
constexpr std::size_t kNameBytes = 255;

Status Fault(const std::string& field, const std::string& description) {
  return FailedPreconditionError("Field: " + field + " Error: " + description)
      .WithViolations({{field, description}});
}
Status DeploymentFault(const std::string& description) {
  return Fault("version.deployment_uri", description);
}

std::string FolderUri(const Version& version) {
  const std::string& uri = version.deployment_uri();
  return uri.ends_with('/') ? uri : uri + "/";
}

// Whether an object's name below the folder can be the path of a file.
bool IsFilePath(std::string_view path) {
  if (path.size() > kPathBytes) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == ".." || part.size() > kNameBytes) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

Status Add(Deployment& deployment, std::string path, const objects::Object& object,
           const DeploymentLimits& limits) {
  deployment.bytes += object.size;
  if (deployment.bytes > limits.bytes) {
    return DeploymentFault("The files have more than the " + std::to_string(limits.bytes >> 20) +
                           " MiB that a version may have.");
  }
  deployment.files.push_back(
      {std::move(path), object.bucket, object.name, object.generation, object.size});
  return OkStatus();
}

Status AddModel(objects::ObjectStore& store, const Version& version, const DeploymentLimits& limits,
                Deployment& deployment) {
  const std::string uri = FolderUri(version);
  MLENGINE_ASSIGN_OR_RETURN(const objects::GsPath path, objects::ParseGsPath(uri));
  objects::ListRequest request{.prefix = path.object, .with_hashes = false};
  do {
    const Result<objects::ListResult> page = store.List(path.bucket, request);
    if (!page.ok()) return DeploymentFault(uri + " cannot be read: " + page.status().message());
    for (const objects::Object& object : page->objects) {
      const std::string name = object.name.substr(path.object.size());
      if (name.empty() || name.ends_with('/')) continue;  // markers of folders
      if (!IsFilePath(name)) {
        return DeploymentFault("The name of the object gs://" + path.bucket + "/" + object.name +
                               " cannot be that of a file.");
      }
      if (static_cast<int>(deployment.files.size()) == limits.files) {
        return DeploymentFault("There are more than " + std::to_string(limits.files) +
                               " files in " + uri + ".");
      }
      MLENGINE_RETURN_IF_ERROR(Add(deployment, "model/" + name, object, limits));
    }
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty());
  return OkStatus();
}

Status AddPackages(objects::ObjectStore& store, const Version& version,
                   const DeploymentLimits& limits, Deployment& deployment) {
  for (int i = 0; i < version.package_uris_size(); ++i) {
    const std::string& uri = version.package_uris(i);
    MLENGINE_ASSIGN_OR_RETURN(const objects::GsPath path, objects::ParseGsPath(uri));
    const Result<objects::Object> object = store.Get(path.bucket, path.object);
    if (!object.ok()) {
      return Fault("version.package_uris", "The provided GCS path " + uri +
                                               " cannot be read: " + object.status().message());
    }
    // In their order; two packages may have one name.
    const std::string name = path.object.substr(path.object.rfind('/') + 1);
    if (!IsFilePath(name))
      return Fault("version.package_uris", "The name of " + uri + " cannot be that of a file.");
    MLENGINE_RETURN_IF_ERROR(
        Add(deployment, "packages/" + std::to_string(i) + "/" + name, *object, limits));
  }
  return OkStatus();
}

constexpr std::string_view kTensorFlow[] = {"saved_model.pb", "saved_model.pbtxt"};
constexpr std::string_view kScikitLearn[] = {"model.joblib", "model.pkl"};
constexpr std::string_view kXgboost[] = {"model.bst", "model.joblib", "model.pkl"};
constexpr std::string_view kAny[] = {"saved_model.pb", "saved_model.pbtxt", "model.joblib",
                                     "model.pkl",      "model.bst",         "model.pt",
                                     "model.onnx"};

// Those that the original knew, which its sentence names.
constexpr std::size_t kOriginalFiles = 5;

std::span<const std::string_view> FilesOf(Version::Framework framework) {
  if (framework == Version::TENSORFLOW) return kTensorFlow;
  if (framework == Version::SCIKIT_LEARN) return kScikitLearn;
  if (framework == Version::XGBOOST) return kXgboost;
  return kAny;
}

std::string Joined(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

}  // namespace

Result<Deployment> ListDeployment(objects::ObjectStore& objects, const Version& version,
                                  const DeploymentLimits& limits) {
  Deployment deployment;
  MLENGINE_RETURN_IF_ERROR(AddModel(objects, version, limits, deployment));
  if (deployment.files.empty())
    return DeploymentFault("There are no files in the deployment directory " + FolderUri(version) +
                           ".");
  MLENGINE_RETURN_IF_ERROR(AddPackages(objects, version, limits, deployment));
  return deployment;
}

Result<Version::Framework> FrameworkOf(const Version& version, const Deployment& deployment) {
  if (!version.prediction_class().empty()) return Version::FRAMEWORK_UNSPECIFIED;
  const std::span<const std::string_view> wanted = FilesOf(version.framework());
  std::vector<std::string_view> found;
  for (const std::string_view name : wanted) {
    const std::string path = "model/" + std::string(name);
    if (std::ranges::find(deployment.files, path, &DeploymentFile::path) != deployment.files.end())
      found.push_back(name);
  }
  if (found.size() > 1 && wanted.size() == std::size(kAny)) {
    return DeploymentFault("Multiple model files are found in " + FolderUri(version) + ": " +
                           Joined(found) + ". Leave one of them, or give the framework.");
  }
  // As the original says it, in these words.
  if (found.size() != 1) {
    return DeploymentFault("Deployment directory " + FolderUri(version) +
                           " is expected to contain exactly one of: [" +
                           Joined(wanted.first(std::min(wanted.size(), kOriginalFiles))) + "].");
  }
  if (version.framework() != Version::FRAMEWORK_UNSPECIFIED) return version.framework();
  if (found[0].starts_with("saved_model")) return Version::TENSORFLOW;
  if (found[0] == "model.pt" || found[0] == "model.onnx") return Version::FRAMEWORK_UNSPECIFIED;
  return found[0] == "model.bst" ? Version::XGBOOST : Version::SCIKIT_LEARN;
}

}  // namespace mlengine::serving
