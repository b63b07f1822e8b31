from routeiq_plugin_sdk import EvaluationResult, Invocation, PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(
    name="grounded",
    capabilities={PluginCapability.EVALUATOR},
    depends_on=["evaluator"],  # without which no call is evaluated
)


@hookimpl.evaluate
def evaluate(invocation: Invocation) -> EvaluationResult | None:
    if invocation.kind != "tool" or invocation.output is None:
        return None
    texts = [part["text"] for part in invocation.output.get("content", []) if part["type"] == "text"]
    found = sum("source:" in text for text in texts)
    score = found / len(texts) if texts else 0.0
    feedback = f"{found} of {len(texts)} texts name their source"
    return EvaluationResult(score, "passed" if score >= 0.5 else "failed", feedback)
