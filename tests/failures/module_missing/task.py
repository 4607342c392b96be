import json
from sklearn.linear_model import LogisticRegression
print(json.dumps(LogisticRegression().get_params()))
