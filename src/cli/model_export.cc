#include "cli/model_export.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>
#include <string_view>

namespace mlengine::cli {
namespace {

constexpr std::array<std::string_view, 5> kModelFiles = {"saved_model.pb", "saved_model.pbtxt",
                                                         "model.joblib", "model.pkl", "model.bst"};
constexpr std::size_t kListed = 20;        // of several exports in an error
constexpr std::size_t kLongestNumber = 9;  // digits of a version's number

bool IsNumber(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool IsLess(std::string_view one, std::string_view other) {
  for (std::string_view* text : {&one, &other})
    text->remove_prefix(std::min(text->find_first_not_of('0'), text->size()));
  return one.size() != other.size() ? one.size() < other.size() : one < other;
}

// "a/b/" is {"a/", "b"}.
std::pair<std::string, std::string> SplitLast(const std::string& folder) {
  if (folder.empty()) return {};
  const std::size_t slash = folder.rfind('/', folder.size() - 2);
  const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
  return {folder.substr(0, begin), folder.substr(begin, folder.size() - begin - 1)};
}

// Only the newest of those that stand side by side with numbers for names. `root` itself, which may
// have a number for its name, is not one of several.
std::vector<ModelExport> WithoutOlder(const std::vector<ModelExport>& found,
                                      const std::string& root) {
  std::vector<ModelExport> out;
  std::map<std::string, std::size_t> newest;  // by their parent: the place in `out`
  for (const ModelExport& one : found) {
    const auto [parent, name] = SplitLast(one.folder);
    if (one.folder == root || !IsNumber(name)) {
      out.push_back(one);
      continue;
    }
    const auto [at, is_first] = newest.try_emplace(parent, out.size());
    if (is_first) {
      out.push_back(one);
    } else if (IsLess(SplitLast(out[at->second].folder).second, name)) {
      out[at->second] = one;
    }
  }
  return out;
}

Status NothingFound(std::size_t objects, const std::string& place) {
  return NotFoundError(
      "no exported model below " + place + ": " + std::to_string(objects) +
      (objects == 1 ? " object" : " objects") +
      " there, and no saved_model.pb, saved_model.pbtxt, model.joblib, model.pkl or model.bst. A "
      "program exports below its --job-dir, as with tf.saved_model.save(model, job_dir + "
      "\"/export\"). Name another place with --export=gs://BUCKET/FOLDER.");
}

Status SeveralFound(const std::vector<ModelExport>& found, const std::string& bucket,
                    const std::string& place) {
  std::string text = std::to_string(found.size()) + " exported models are below " + place +
                     ". Name one of them with --export:";
  for (std::size_t i = 0; i < found.size() && i < kListed; ++i)
    text += "\n  gs://" + bucket + "/" + found[i].folder;
  if (found.size() > kListed) text += "\n  and " + std::to_string(found.size() - kListed) + " more";
  return FailedPreconditionError(std::move(text));
}

}  // namespace

std::vector<ModelExport> ModelFolders(const std::vector<std::string>& objects) {
  std::map<std::string, std::string> found;
  for (const std::string& object : objects) {
    const std::size_t slash = object.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : object.substr(0, slash + 1);
    const std::string name = object.substr(folder.size());
    if (std::find(kModelFiles.begin(), kModelFiles.end(), name) != kModelFiles.end())
      found.try_emplace(folder, name);
  }
  std::vector<ModelExport> out;
  for (const auto& [folder, file] : found) out.push_back({folder, file});
  return out;
}

Result<ModelExport> ChooseExport(const std::vector<std::string>& objects, const std::string& bucket,
                                 const std::string& root) {
  const std::string place = "gs://" + bucket + "/" + root;
  const std::vector<ModelExport> found = WithoutOlder(ModelFolders(objects), root);
  if (found.empty()) return NothingFound(objects.size(), place);
  if (found.size() == 1) return found[0];
  std::vector<ModelExport> exported;
  std::copy_if(
      found.begin(), found.end(), std::back_inserter(exported),
      [&root](const ModelExport& one) { return one.folder.starts_with(root + "export/"); });
  if (exported.size() == 1) return exported[0];
  return SeveralFound(found, bucket, place);
}

std::string ModelNameOf(const std::string& job) {
  std::string name = job;
  for (std::size_t bar = name.rfind('_');
       bar != std::string::npos && bar > 0 && IsNumber(std::string_view(name).substr(bar + 1));
       bar = name.rfind('_')) {
    name.resize(bar);
  }
  return name;
}

std::string NextVersionName(const std::vector<std::string>& names) {
  std::uint64_t largest = 0;
  for (const std::string& name : names) {
    const std::string_view digits =
        std::string_view(name).substr(std::min<std::size_t>(1, name.size()));
    if (!name.starts_with('v') || !IsNumber(digits) || digits.size() > kLongestNumber) continue;
    std::uint64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    largest = std::max(largest, number);
  }
  return "v" + std::to_string(largest + 1);
}

}  // namespace mlengine::cli
