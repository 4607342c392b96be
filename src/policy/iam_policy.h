// Access policies of resources: what one may hold, and what setting one changes. Pure. Nothing is
// refused by a policy yet.
#pragma once

#include "base/result.h"
#include "mlengine/ml/v1/iam.pb.h"

namespace mlengine::policy {

// The etag of a resource that never had a policy, as the original gives it.
inline constexpr std::string_view kNoPolicyEtag{"\x00\x20\x01", 3};

// INVALID_ARGUMENT with one violation per wrong place ("policy.bindings[0].members[1]").
Status ValidatePolicy(const ml::v1::IamPolicy& policy);

// `old` with the fields of the request's policy that its mask names; without a mask its bindings.
// The etag is not looked at. INVALID_ARGUMENT for a mask of other fields.
Result<ml::v1::IamPolicy> ApplyPolicy(const ml::v1::IamPolicy& old,
                                      const ml::v1::IamSetIamPolicyRequest& request);

// INVALID_ARGUMENT for a permission with a wildcard, or that is none.
Status ValidatePermissions(const ml::v1::IamTestIamPermissionsRequest& request);

}  // namespace mlengine::policy
