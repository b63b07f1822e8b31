import litellm

from routeiq import PluginManager
from routeiq.adapters.litellm import LiteLLMAdapter

manager = PluginManager()
manager.discover()
LiteLLMAdapter(manager).install()

answer = litellm.completion(
    model="openai/gpt-4o-mini",
    api_key="not needed here",
    messages=[{"role": "user", "content": "hello"}],
    mock_response="LiteLLM answers this itself",
)
print(answer.choices[0].message.content)
