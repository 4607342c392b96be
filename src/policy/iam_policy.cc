#include "policy/iam_policy.h"

#include <algorithm>
#include <array>

#include "policy/violations.h"

namespace mlengine::policy {
namespace {

using ml::v1::IamBinding;
using ml::v1::IamPolicy;

constexpr int kMemberLimit = 1500;
constexpr int kBindingLimit = 1500;
constexpr int kPermissionLimit = 100;

constexpr auto kMemberKinds = std::to_array<std::string_view>(
    {"user:", "group:", "serviceAccount:", "domain:", "deleted:", "principal:", "principalSet:",
     "projectOwner:", "projectEditor:", "projectViewer:"});

bool IsMember(const std::string& member) {
  if (member == "allUsers" || member == "allAuthenticatedUsers") return true;
  return std::any_of(kMemberKinds.begin(), kMemberKinds.end(), [&member](std::string_view kind) {
    return member.starts_with(kind) && member.size() > kind.size();
  });
}

bool IsRole(const std::string& role) {
  const bool known_form = role.starts_with("roles/") || role.starts_with("projects/") ||
                          role.starts_with("organizations/");
  return known_form && !role.ends_with('/') && role.size() <= 300;
}

void CheckBinding(const IamBinding& binding, const std::string& field, Violations& wrong) {
  if (!IsRole(binding.role())) {
    wrong.Invalid(field + ".role", "\"" + binding.role().substr(0, 100) +
                                       "\" is not a role such as roles/ml.modelUser.");
  }
  for (int i = 0; i < std::min(binding.members_size(), kMemberLimit); ++i) {
    if (IsMember(binding.members(i))) continue;
    wrong.Invalid(field + ".members[" + std::to_string(i) + "]",
                  "\"" + binding.members(i).substr(0, 100) +
                      "\" is not a member such as user:me@example.com.");
  }
}

}  // namespace

Status ValidatePolicy(const IamPolicy& policy) {
  Violations wrong;
  if (policy.version() != 0 && policy.version() != 1 && policy.version() != 3)
    wrong.Invalid("policy.version", "The version of a policy is 0, 1 or 3.");
  int members = 0;
  bool has_condition = false;
  for (const IamBinding& binding : policy.bindings()) {
    members += binding.members_size();
    has_condition = has_condition || binding.has_condition();
  }
  if (members > kMemberLimit || policy.bindings_size() > kBindingLimit) {
    wrong.Invalid("policy.bindings",
                  "At most 1500 members may be given, not " + std::to_string(members) + ".");
    return wrong.ToStatus();
  }
  if (has_condition && policy.version() != 3)
    wrong.Invalid("policy.version", "A policy with a condition must have version 3.");
  for (int i = 0; i < policy.bindings_size(); ++i)
    CheckBinding(policy.bindings(i), "policy.bindings[" + std::to_string(i) + "]", wrong);
  return wrong.ToStatus();
}

Result<IamPolicy> ApplyPolicy(const IamPolicy& old, const ml::v1::IamSetIamPolicyRequest& request) {
  IamPolicy policy = old;
  const IamPolicy& given = request.policy();
  if (request.update_mask().paths().empty()) {
    *policy.mutable_bindings() = given.bindings();
    policy.set_version(given.version());
    return policy;
  }
  for (const std::string& path : request.update_mask().paths()) {
    if (path == "bindings") {
      *policy.mutable_bindings() = given.bindings();
    } else if (path == "audit_configs") {
      *policy.mutable_audit_configs() = given.audit_configs();
    } else if (path == "version") {
      policy.set_version(given.version());
    } else if (path != "etag") {
      Violations wrong;
      wrong.Invalid("update_mask", "\"" + path.substr(0, 100) +
                                       "\" is no field of a policy that can be set: bindings, "
                                       "audit_configs, version, etag.");
      return wrong.ToStatus();
    }
  }
  return policy;
}

Status ValidatePermissions(const ml::v1::IamTestIamPermissionsRequest& request) {
  Violations wrong;
  if (request.permissions_size() > kPermissionLimit) {
    wrong.Invalid("permissions", "At most 100 permissions may be asked for, not " +
                                     std::to_string(request.permissions_size()) + ".");
    return wrong.ToStatus();
  }
  for (int i = 0; i < request.permissions_size(); ++i) {
    const std::string& name = request.permissions(i);
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.';
    });
    if (plain && name.find('.') != std::string::npos) continue;
    wrong.Invalid("permissions[" + std::to_string(i) + "]",
                  "\"" + name.substr(0, 100) + "\" is not a permission such as ml.models.get.");
  }
  return wrong.ToStatus();
}

}  // namespace mlengine::policy
