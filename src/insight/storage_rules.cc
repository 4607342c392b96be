#include "insight/cause_rule.h"

namespace mlengine::insight {
namespace {

using enum CauseKind;

constexpr std::string_view kBucketAdvice =
    "Look at its name (mlengine storage ls), or make it: mlengine storage mb.";

constexpr CauseRule kRules[] = {
    {kBucketMissing, "The specified bucket does not exist: {bucket}. Make it",
     "The bucket gs://{bucket} does not exist.", kBucketAdvice},
    {kBucketMissing, "The specified bucket does not exist",
     "A bucket that the program reads or writes does not exist.", kBucketAdvice},
    // TensorFlow, of a folder to be made in it.
    {kBucketMissing, "'object' must be a non-empty string. (File: gs://{bucket}/)",
     "The bucket gs://{bucket} does not exist.", kBucketAdvice},
    {kObjectMissing, "No such object: {uri}", "There is no object {uri}.",
     "Look at the path (mlengine storage ls), and whether the data was uploaded."},
    {kObjectMissing, "HTTP response code 404", "There is nothing at gs://{path}.",
     "Look at the path (mlengine storage ls), and whether the bucket exists and the data was "
     "uploaded.",
     "when reading gs://{path}"},
    {kObjectMissing, "The specified path gs://{path} was not found",
     "There is no object gs://{path}.",
     "Look at the path (mlengine storage ls), and whether the data was uploaded."},
    {kObjectMissing, "The path gs://{path} does not exist.", "There is nothing at gs://{path}.",
     "Look at the path (mlengine storage ls), and whether the bucket exists and the data was "
     "uploaded."},
    {kObjectMissing, "Could not find directory gs://{path}", "There is no folder gs://{path}.",
     "Look at the path (mlengine storage ls), and whether the bucket exists and the data was "
     "uploaded."},
    {kObjectMissing, "Object gs://{path} does not exist", "There is no object gs://{path}.",
     "Look at the path (mlengine storage ls), and whether the data was uploaded."},
    {kObjectMissing, "FileNotFoundError: [Errno 2] No such file or directory: 'gs://{path}'",
     "The program opens gs://{path} as if it were a local file.",
     "Python's own open() knows no gs://; read it with tf.io.gfile.GFile or "
     "google.cloud.storage."},
    {kObjectMissing, "FileNotFoundError: [Errno 2] No such file or directory: 'gs:/{path}'",
     "The program opens gs:/{path} as if it were a local file.",
     "Python's own open() and os.path know no gs://; use tf.io.gfile or google.cloud.storage."},
    {kStorageDenied, "does not have storage.{right} access", "Object storage refused: {right}.",
     "Look at who owns the bucket."},
    {kStorageDenied, "HTTP response code 403", "Object storage refused access.",
     "Look at who owns the bucket."},
    {kSchemeUnknown, "File system scheme '{scheme}' not implemented",
     "The program reads or writes {scheme}://, for which its TensorFlow has no file system.",
     "Copy the data to gs:// or to a local path."},
};

}  // namespace

std::span<const CauseRule> StorageRules() {
  return kRules;
}

}  // namespace mlengine::insight
