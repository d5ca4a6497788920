import { createRoot } from 'react-dom/client'
import { fetchFormAhead } from './page-host.tsx'
import { Root } from './root.tsx'
import { themeVariables } from './theme.ts'

for (const [name, value] of Object.entries(themeVariables)) {
  document.documentElement.style.setProperty(name, value)
}

const place = document.getElementById('root')
if (place) createRoot(place).render(<Root />)
fetchFormAhead()
