#include "runner/staging.h"

#include <algorithm>
#include <cstdlib>

#include "base/digest.h"
#include "model/replica_folder.h"
#include "runner/archive.h"

namespace mlengine::runner {
namespace {

constexpr std::uint64_t kChunk = 1U << 20;
constexpr std::string_view kEndMark = "end";

bool IsKnownArchive(const std::string& name) {
  for (const std::string_view tail : {".tar.gz", ".tgz", ".tar", ".zip", ".whl"}) {
    if (name.ends_with(tail)) return true;
  }
  return false;
}

// The SHA-256 of the package's bytes, once they are what was uploaded.
Result<std::string> CheckBytes(FileSystem& files, const v1::Package& package) {
  Hasher hasher(Hasher::Kind::kSha256);
  std::uint32_t crc = 0;
  std::uint64_t size = 0;
  while (true) {
    Result<std::string> bytes = files.ReadAt(package.path(), size, kChunk);
    if (!bytes.ok()) {
      return Status(bytes.status().code(), "The package " + package.uri() +
                                               " cannot be read: " + bytes.status().message() +
                                               ". Upload it again and submit the job anew.");
    }
    hasher.Update(*bytes);
    crc = ExtendCrc32c(crc, *bytes);
    size += bytes->size();
    if (bytes->size() < kChunk) break;
  }
  const bool size_differs =
      package.size() > 0 && size != static_cast<std::uint64_t>(package.size());
  const bool crc_differs = !package.crc32c().empty() && EncodeCrc32c(crc) != package.crc32c();
  if (size_differs || crc_differs) {
    return DataLossError("The package " + package.uri() + " is damaged: it has " +
                         std::to_string(size) + " bytes with CRC-32C " + EncodeCrc32c(crc) +
                         ", uploaded were " + std::to_string(package.size()) + " bytes with " +
                         package.crc32c() + ". Upload it again and submit the job anew.");
  }
  return HexEncode(hasher.Finish());
}

constexpr std::int64_t kRecallBytes = 1 << 20;

// Of the archive's name too: it decides how the archive is read.
std::string MemoryOf(const std::string& tree, const std::string& package_name) {
  return tree + "." + Sha256Hex(package_name).substr(0, 16) + ".told";
}

std::optional<StagedPackage> RecallOne(FileSystem& files, const v1::Package& package,
                                       const std::string& cache) {
  if (package.path().empty() || package.size() > kRecallBytes) return std::nullopt;
  const Result<FileStat> stat = files.Stat(package.path());
  if (!stat.ok() || stat->size > static_cast<std::uint64_t>(kRecallBytes)) return std::nullopt;
  const Result<std::string> sha256 = CheckBytes(files, package);
  if (!sha256.ok()) return std::nullopt;
  const std::string tree = JoinPath(cache, *sha256);
  const Result<std::string> told = files.Read(MemoryOf(tree, package.name()), kRecallBytes);
  if (!told.ok() || !files.Stat(tree).ok()) return std::nullopt;
  Result<std::vector<StagedPackage>> staged = DecodeStaging(*told);
  if (!staged.ok() || staged->size() != 1 || staged->front().sha256 != *sha256) return std::nullopt;
  staged->front().reused = true;
  return std::move(staged->front());
}

Result<StagedPackage> StageOne(FileSystem& files, const v1::Package& package,
                               const std::string& cache, const std::string& beside) {
  if (package.path().empty()) {
    return UnimplementedError("The package " + package.uri() +
                              " is not on this machine, and this runner fetches none by address.");
  }
  if (!IsKnownArchive(package.name())) {
    return InvalidArgumentError("The package " + package.name() +
                                " is no Python package: its name must end in .tar.gz, .zip or "
                                ".whl. Build one with python setup.py sdist.");
  }
  StagedPackage out;
  MLENGINE_ASSIGN_OR_RETURN(out.sha256, CheckBytes(files, package));
  const std::string tree = JoinPath(cache, out.sha256);
  out.reused = files.Stat(tree).ok();
  if (!out.reused) {
    // In the replica's own folder, which goes with the job when this process does not end well; in
    // the cache itself where the two lie on different disks.
    Status status;
    for (const std::string& place : {beside, JoinPath(cache, "new-" + RandomHex(8))}) {
      MLENGINE_RETURN_IF_ERROR(files.RemoveTree(place));
      MLENGINE_RETURN_IF_ERROR(files.MakeDirectoriesVisible(place));
      status = Unpack(package.path(), package.name(), place);
      if (!status.ok()) {
        static_cast<void>(files.RemoveTree(place));
        break;
      }
      status = files.RenameVisible(place, tree);
      if (status.ok()) break;
      static_cast<void>(files.RemoveTree(place));
      if (files.Stat(tree).ok()) break;  // another runner was quicker; its tree is the same
    }
    if (!status.ok() && !files.Stat(tree).ok()) return status;
  }
  MLENGINE_ASSIGN_OR_RETURN(out.shape, ReadPackageShape(files, tree, package.name()));
  // Remembered for RecallPackages; without it the next start only takes longer.
  static_cast<void>(files.ReplaceVisible(MemoryOf(tree, package.name()),
                                         EncodeStaging(std::vector<StagedPackage>{out})));
  return out;
}

// Removes the trees of earlier boots; no process that uses them lives.
void RemoveOtherBoots(FileSystem& files, const std::string& packages, const std::string& boot_id) {
  const Result<std::vector<std::string>> names = files.List(packages);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (name != boot_id) static_cast<void>(files.RemoveTree(JoinPath(packages, name)));
  }
}

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (true) {
    const std::size_t end = text.find(separator);
    out.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Result<std::vector<StagedPackage>> StagePackages(FileSystem& files, const v1::LaunchSpec& spec) {
  const std::string packages = JoinPath(spec.cache_dir(), "packages");
  const std::string cache = JoinPath(packages, spec.boot_id());
  if (!files.Stat(cache).ok()) {
    RemoveOtherBoots(files, packages, spec.boot_id());
    MLENGINE_RETURN_IF_ERROR(files.MakeDirectoriesVisible(cache));
  }
  const std::string beside = JoinPath(JoinPath(spec.replica_dir(), model::kTmpFolder), "unpacking");
  std::vector<StagedPackage> out;
  for (const v1::Package& package : spec.packages()) {
    MLENGINE_ASSIGN_OR_RETURN(StagedPackage staged, StageOne(files, package, cache, beside));
    out.push_back(std::move(staged));
  }
  return out;
}

std::optional<std::vector<StagedPackage>> RecallPackages(FileSystem& files,
                                                         const v1::LaunchSpec& spec) {
  const std::string cache = JoinPath(JoinPath(spec.cache_dir(), "packages"), spec.boot_id());
  std::vector<StagedPackage> out;
  for (const v1::Package& package : spec.packages()) {
    std::optional<StagedPackage> staged = RecallOne(files, package, cache);
    if (!staged) return std::nullopt;
    out.push_back(*std::move(staged));
  }
  return out;
}

std::string EncodeStaging(const Result<std::vector<StagedPackage>>& outcome) {
  std::string out;
  // Words come from archives: what would break the lines is escaped.
  const auto word = [&](std::string_view text) { out += "\t" + PercentEncode(text); };
  if (!outcome.ok()) {
    out += "error";
    word(std::to_string(static_cast<int>(outcome.status().code())));
    word(outcome.status().message());
    out += "\n";
  } else {
    for (const StagedPackage& package : *outcome) {
      out += "package";
      word(package.sha256);
      word(package.reused ? "reused" : "unpacked");
      word(package.shape.root);
      word(package.shape.pip_reason);
      for (const std::string& requirement : package.shape.requirements) word(requirement);
      out += "\n";
    }
  }
  return out.append(kEndMark) + "\n";
}

Result<std::vector<StagedPackage>> DecodeStaging(std::string_view text) {
  std::vector<StagedPackage> out;
  for (const std::string& line : Split(text, '\n')) {
    std::vector<std::string> words = Split(line, '\t');
    for (std::string& one : words) {
      MLENGINE_ASSIGN_OR_RETURN(one, PercentDecode(one));
    }
    if (words[0] == kEndMark) return out;
    if (words[0] == "error" && words.size() == 3) {
      const int code = std::atoi(words[1].c_str());
      return Status(code == 0 ? StatusCode::kInternal : static_cast<StatusCode>(code), words[2]);
    }
    if (words[0] != "package" || words.size() < 5) break;
    out.push_back({.sha256 = words[1],
                   .reused = words[2] == "reused",
                   .shape = {.root = words[3],
                             .requirements = {words.begin() + 5, words.end()},
                             .pip_reason = words[4]}});
  }
  return DataLossError("the staging of the packages told nothing that could be read");
}

}  // namespace mlengine::runner
