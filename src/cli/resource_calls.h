// What the commands of models, versions and operations share.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command.h"

namespace mlengine::cli {

class Api;

// Accepted so that lines written for gcloud work: here every region is this engine.
Flag RegionFlag();
Flag AsyncFlag();
// --filter and --limit of a list.
std::vector<Flag> ListFlags();
// --update-labels, --remove-labels, --clear-labels, --description of an update.
std::vector<Flag> UpdateFlags();

// All pages of a list, or so many as --limit says; `key` names the list in the answers.
Result<boost::json::array> ListAll(Api& api, const Invocation& invocation,
                                   const std::string& target, std::string_view key);

// Asks again until the operation is done; its answer. An operation that failed is its error.
Result<boost::json::value> WaitForOperation(Api& api, Session& session,
                                            boost::json::value operation);
// "projects/P/operations/ID" and "ID" alike.
std::string LastPart(const std::string& name);

// The labels that UpdateFlags leave of those of `resource`; nothing when they are not touched.
// INVALID_ARGUMENT for flags that exclude each other.
Result<std::optional<boost::json::object>> ChangedLabels(const Invocation& invocation,
                                                         const boost::json::value& resource);

// Sends the PATCH of description and labels, and waits for it: `target` is the resource's, `extra`
// further fields with their paths. INVALID_ARGUMENT when there is nothing to change.
Result<boost::json::value> UpdateResource(
    Api& api, const Invocation& invocation, Session& session, const std::string& target,
    const std::vector<std::pair<std::string, boost::json::value>>& extra = {});

}  // namespace mlengine::cli
