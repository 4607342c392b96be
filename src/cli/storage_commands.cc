// storage mb, ls, cat, rm.
#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <ostream>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/object_client.h"
#include "cli/output.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

Status IsNoBucketAlone(const GsPath& path) {
  if (!path.object.empty()) return OkStatus();
  return InvalidArgumentError(path.Url() +
                              " names a bucket, not an object. Write gs://BUCKET/OBJECT.");
}

Result<int> RunMb(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  for (const std::string& text : invocation.positionals) {
    MLENGINE_ASSIGN_OR_RETURN(const GsPath path, ParseGs(text));
    if (!path.object.empty())
      return InvalidArgumentError(text + " names an object. Write gs://BUCKET.");
    MLENGINE_RETURN_IF_ERROR(
        ObjectClient(*api).MakeBucket(path.bucket, invocation.Text("location", "us-central1")));
    if (!invocation.Has("quiet")) session.err << "Created bucket gs://" << path.bucket << "/\n";
  }
  return kExitOk;
}

std::uint64_t SizeOf(const boost::json::value& object) {
  return std::strtoull(TextAt(object, "size").c_str(), nullptr, 10);
}

// As gcloud storage ls prints it; with `is_long` size, time and address, and a total below.
void PrintListing(Session& session, const std::string& bucket, const Listing& listing,
                  bool is_long) {
  std::uint64_t total = 0;
  for (const boost::json::value& object : listing.objects) {
    const std::string url = "gs://" + bucket + "/" + TextAt(object, "name");
    if (is_long) {
      const std::string size = TextAt(object, "size");
      session.out << std::string(size.size() < 10 ? 10 - size.size() : 0, ' ') << size << "  "
                  << TextAt(object, "updated").substr(0, 19) << "Z  ";
    }
    session.out << url << "\n";
    total += SizeOf(object);
  }
  for (const std::string& prefix : listing.prefixes) {
    session.out << (is_long ? std::string(34, ' ') : "") << "gs://" << bucket << "/" << prefix
                << "\n";
  }
  if (is_long)
    session.out << "TOTAL: " << listing.objects.size() << " objects, " << total << " bytes\n";
}

// The objects that a path without wildcard means: itself, or what lies below it.
Result<Listing> Listed(ObjectClient& objects, const GsPath& path, bool recursive) {
  const std::string delimiter = recursive ? "" : "/";
  if (path.object.empty()) return objects.List(path.bucket, "", delimiter);
  if (path.object.back() != '/') {
    const Result<boost::json::value> object = objects.Metadata(path);
    if (object.ok()) return Listing{{*object}, {}};
    if (object.status().code() != StatusCode::kNotFound) return object.status();
  }
  const std::string prefix = path.object + (path.object.back() == '/' ? "" : "/");
  MLENGINE_ASSIGN_OR_RETURN(Listing below, objects.List(path.bucket, prefix, delimiter));
  if (below.objects.empty() && below.prefixes.empty()) {
    return NotFoundError("One or more URLs matched no objects: " + path.Url());
  }
  return below;
}

Result<int> RunLs(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  ObjectClient objects(*api);
  if (invocation.positionals.empty()) {
    MLENGINE_ASSIGN_OR_RETURN(const auto buckets, objects.Buckets());
    for (const boost::json::value& bucket : buckets)
      session.out << "gs://" << TextAt(bucket, "name") << "/\n";
    return kExitOk;
  }
  for (const std::string& text : invocation.positionals) {
    MLENGINE_ASSIGN_OR_RETURN(const GsPath path, ParseGs(text));
    MLENGINE_ASSIGN_OR_RETURN(const Listing listing,
                              Listed(objects, path, invocation.Has("recursive")));
    PrintListing(session, path.bucket, listing, invocation.Has("long"));
  }
  return kExitOk;
}

Result<int> RunCat(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  for (const std::string& text : invocation.positionals) {
    MLENGINE_ASSIGN_OR_RETURN(const GsPath path, ParseGs(text));
    MLENGINE_RETURN_IF_ERROR(IsNoBucketAlone(path));
    const auto sink = [&](std::string_view bytes) {
      session.out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      return session.out.good() ? OkStatus() : ErrnoError(EPIPE, "write to the standard output");
    };
    MLENGINE_RETURN_IF_ERROR(
        ObjectClient(*api).Download(path, sink, [](std::uint64_t, std::uint64_t) {}));
  }
  return kExitOk;
}

Result<int> RunRm(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  ObjectClient objects(*api);
  for (const std::string& text : invocation.positionals) {
    MLENGINE_ASSIGN_OR_RETURN(const GsPath path, ParseGs(text));
    std::vector<std::string> names = {path.object};
    if (invocation.Has("recursive")) {
      MLENGINE_ASSIGN_OR_RETURN(const Listing listing, Listed(objects, path, true));
      names.clear();
      for (const boost::json::value& object : listing.objects)
        names.push_back(TextAt(object, "name"));
    } else if (path.object.empty()) {
      return InvalidArgumentError(text + " names a bucket. Give -r to remove all that is in it.");
    }
    for (const std::string& name : names) {
      const GsPath one{path.bucket, name};
      if (!invocation.Has("quiet")) session.err << "Removing " << one.Url() << "...\n";
      MLENGINE_RETURN_IF_ERROR(objects.Delete(one));
    }
  }
  return kExitOk;
}

Command Row(std::string_view path, std::string_view summary, std::string_view description,
            std::string_view example, Result<int> (*run)(const Invocation&, Session&)) {
  Command command;
  command.path = path;
  command.summary = summary;
  command.description = description;
  command.examples = {example};
  command.run = run;
  return command;
}

}  // namespace

Command StorageMbCommand() {
  Command command =
      Row("storage mb", "make a bucket", "Makes buckets in the server's object storage.",
          "mlengine storage mb gs://my-bucket", RunMb);
  command.positionals = {{"GS_URL", "gs://BUCKET.", true, true}};
  command.flags = {{"location", FlagKind::kText, "LOCATION",
                    "Where the bucket says it is; us-central1 unless given."}};
  return command;
}

Command StorageLsCommand() {
  Command command =
      Row("storage ls", "list buckets and objects",
          "Lists the buckets, or what lies in a bucket or below a prefix, one address a line.",
          "mlengine storage ls -l gs://my-bucket/jobs/", RunLs);
  command.positionals = {{"GS_URL", "gs://BUCKET or gs://BUCKET/PREFIX.", false, true}};
  command.flags = {
      {"recursive", FlagKind::kSwitch, "", "All objects below, at any depth. Short: -r."},
      {"long", FlagKind::kSwitch, "", "Size and time too. Short: -l."}};
  return command;
}

Command StorageCatCommand() {
  Command command = Row("storage cat", "print objects", "Prints the bytes of objects.",
                        "mlengine storage cat gs://my-bucket/jobs/j1/eval.json", RunCat);
  command.positionals = {{"GS_URL", "gs://BUCKET/OBJECT.", true, true}};
  return command;
}

Command StorageRmCommand() {
  Command command = Row("storage rm", "remove objects",
                        "Removes objects; with -r all below a prefix or in a bucket.",
                        "mlengine storage rm -r gs://my-bucket/jobs/j1/", RunRm);
  command.positionals = {{"GS_URL", "gs://BUCKET/OBJECT.", true, true}};
  command.flags = {{"recursive", FlagKind::kSwitch, "", "All objects below. Short: -r."}};
  return command;
}

}  // namespace mlengine::cli
