import asyncio

import litellm

from routeiq import PluginManager
from routeiq.adapters.litellm import LiteLLMAdapter

MODEL = {"model": "openai/gpt-4o-mini", "api_key": "not needed here", "mock_response": "LiteLLM answers this itself"}


async def main() -> None:
    manager = PluginManager()
    manager.discover()
    async with manager:
        adapter = LiteLLMAdapter(manager)
        adapter.install()
        router = litellm.Router(model_list=[{"model_name": "fast", "litellm_params": MODEL}])
        stream = await router.acompletion(model="fast", messages=[{"role": "user", "content": "hello"}], stream=True)
        async for chunk in stream:
            print(chunk.choices[0].delta.content or "", end="")
        print()
        adapter.uninstall()


asyncio.run(main())
