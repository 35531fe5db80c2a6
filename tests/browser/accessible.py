"""What axe-core finds on a page that keeps somebody from using it: keyboard, screen reader, contrast, names."""

from importlib.resources import files

from playwright.async_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
# WCAG 2.2 AA, and what axe-core holds for good practice beyond it.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LET_PASS = "minor"
RUN = """rules => axe.run({runOnly: rules, resultTypes: ["violations"]}).then(({violations}) =>
    violations.map(({impact, id, help, nodes}) => ({impact, id, help, where: nodes.map(each => each.html)})))"""


async def accessibility_faults(page: Page) -> list[str]:
    """What is wrong with the page as it is shown now, one sentence a rule; minor faults are let pass."""
    await page.evaluate(AXE)
    found = await page.evaluate(RUN, RULES)
    return [
        f"{each['impact']}: {each['help']} ({each['id']}): {' '.join(each['where'])[:300]}"
        for each in found
        if each["impact"] != LET_PASS
    ]


async def assert_accessible(page: Page) -> None:
    """Hold a page to it."""
    faults = await accessibility_faults(page)
    assert not faults, "\n".join((page.url, *faults))
