"""Both models behind BentoML, with its adaptive batching."""
import bentoml

ROWS = list[list[float]]
BATCHED = {"batchable": True, "max_batch_size": 32, "max_latency_ms": 1000}


@bentoml.service(workers=1, traffic={"timeout": 60})
class Networks:
    def __init__(self):
        from network import Network
        self.networks = {name: Network(name) for name in ("tiny", "wide")}

    def predict(self, name, instances):
        return [{"scores": row} for row in self.networks[name].scores(instances)]

    @bentoml.api(route="/tiny", **BATCHED)
    def tiny(self, instances: ROWS) -> list[dict]:
        return self.predict("tiny", instances)

    @bentoml.api(route="/wide", **BATCHED)
    def wide(self, instances: ROWS) -> list[dict]:
        return self.predict("wide", instances)
