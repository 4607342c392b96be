// Which folder below a job's job dir holds the model that it exported. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace mlengine::cli {

struct ModelExport {
  std::string folder;  // of an object's name; with its '/' at the end, or "" for the whole bucket
  std::string file;    // the file that makes it a model: "saved_model.pb"
};

// The folders with a file that makes a model, by the names of the objects in a bucket, sorted.
std::vector<ModelExport> ModelFolders(const std::vector<std::string>& objects);

// The one to deploy of those below `root`, a folder as above in `bucket`. Of siblings with numbers
// for names (export/1514862245) the newest counts. Of what is then left, the one there is, or the
// one below root + "export/". NOT_FOUND when there is none, with where and how many objects were
// looked at; FAILED_PRECONDITION with the list when there are several.
Result<ModelExport> ChooseExport(const std::vector<std::string>& objects, const std::string& bucket,
                                 const std::string& root);

// The name of a model that a job's versions go to: the job's without the numbers at its end, which
// tell one run from another: "census_20180102_1" → "census".
std::string ModelNameOf(const std::string& job);

// The next free of v1, v2, …: one more than the largest of `names`.
std::string NextVersionName(const std::vector<std::string>& names);

}  // namespace mlengine::cli
