"""Complete scientific programs, written as such programs are written; importing this package registers them."""

import importlib
import pkgutil

for _name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
    importlib.import_module(f"{__name__}.{_name}")
