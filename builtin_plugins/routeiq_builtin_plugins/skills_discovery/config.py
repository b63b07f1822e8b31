"""What an operator can set of skills discovery."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Config(BaseModel):
    """Where skills lie, how much of them is offered, and for how long clients may keep it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    directory: Path = Field(
        default=Path("skills"),
        description="The folder with one folder for each skill; also set by the variable `ROUTEIQ_SKILLS_DIR`. "
        "A relative path starts at the gateway's working directory.",
    )
    check_interval: float = Field(
        default=2.0,
        ge=0,
        le=3600,
        allow_inf_nan=False,
        description="Seconds for which a look at the folder holds: a request after that looks for changes first.",
    )
    max_age: int = Field(
        default=60,
        ge=0,
        le=31_536_000,
        description="Seconds for which clients and caches may keep an answer without asking (`cache-control`).",
    )
    max_skill_bytes: int = Field(
        default=5_242_880,
        ge=1,
        le=1_073_741_824,
        description="Bytes of all files of one skill together; a larger one is not offered. They are kept in memory.",
    )
    max_skill_files: int = Field(
        default=1000, ge=1, le=100_000, description="Files of one skill; one with more is not offered."
    )
    any_origin: bool = Field(
        default=True,
        description="Whether pages of every origin may read the skills (`access-control-allow-origin: *`).",
    )

    @field_validator("directory", mode="before")
    @classmethod
    def _names_a_folder(cls, value: object) -> object:
        """An empty path would be the working directory, and all its folders would be looked into."""
        if isinstance(value, str) and not value.strip():
            raise ValueError("must name a folder: an empty path would be the working directory")
        return value
